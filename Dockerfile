# Three stages: the style sheet, the Python packages, and the image that runs. One image serves as web, worker and beat.

FROM node:24-bookworm-slim AS assets
WORKDIR /portal
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-progress
COPY bin/assets.mjs bin/
COPY static static
RUN npm run build

FROM python:3.13-slim-bookworm AS packages
WORKDIR /portal
COPY requirements requirements
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements/installer.txt \
    && /venv/bin/uv pip install --no-cache --python /venv/bin/python --require-hashes -r requirements/runtime.txt

FROM python:3.13-slim-bookworm
# Pango sets the text of the PDFs. The version is the base image's: pinning it would break with its next point release.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --create-home --uid 10001 portal \
    && install -d -o portal -g portal /state \
    && install -d -m 1777 /run/clamav
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PORTAL_STATE=/state \
    PORT=8000
WORKDIR /portal
COPY --from=packages /venv /venv
COPY . .
COPY --from=assets /portal/static/build static/build
RUN find locale -name '*.po' -exec sh -c 'pybabel -q compile -i "$1" -o "${1%.po}.mo"' _ {} \;
USER 10001
VOLUME /state
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import os, urllib.parse as p, urllib.request as r; r.urlopen(r.Request('http://127.0.0.1:8000/healthz', headers={'Host': p.urlsplit(os.environ['PORTAL_URL']).netloc}), timeout=4)"]
CMD ["gunicorn", "portal.wsgi:application", "--bind", "0.0.0.0:8000", "--workers", "3", "--threads", "4", "--preload", \
     "--timeout", "60", "--graceful-timeout", "20", "--no-control-socket", "--worker-tmp-dir", "/dev/shm"]
