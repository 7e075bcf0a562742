"""How long a plan takes to become a PDF, in a process that makes nothing else: bin/bench plan [COUNT]."""

import resource
import sys
import time

import django

django.setup()

from django.core.management import call_command  # noqa: E402

from documents import rendering  # noqa: E402
from documents.models import Document  # noqa: E402

LIMIT_SECONDS, LIMIT_KB = 2, 400
TEMPLATE = "diagnostics/pdf/action_plan.html"


def main(count=20):
    """The demonstration's plans in turn; the exit code says whether the slowest and the largest keep the limits."""
    if not Document.objects.filter(template=TEMPLATE).exists():
        call_command("demo", verbosity=0)
    plans = list(Document.objects.filter(template=TEMPLATE).order_by("-created_at")[:count])
    times, sizes = [], []
    for number in range(count + 1):
        plan = plans[number % len(plans)]
        began = time.process_time()
        content = rendering.render_pdf(
            template=plan.template, context=plan.context, title=plan.title, language=plan.language, number=plan.number
        )
        times.append(time.process_time() - began)
        sizes.append(len(content) / 1024)
    rest = sorted(times[1:])
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    for name, value in [
        ("first, seconds of work", times[0]),
        ("median of the others", rest[len(rest) // 2]),
        ("slowest of the others", rest[-1]),
        ("largest file, KB", max(sizes)),
        ("memory at most, MB", memory),
    ]:
        sys.stdout.write(f"{name:24}{value:8.2f}\n")
    return rest[-1] < LIMIT_SECONDS and max(sizes) < LIMIT_KB


if __name__ == "__main__":
    if not main(*(int(argument) for argument in sys.argv[1:])):
        sys.exit(f"A plan should take less than {LIMIT_SECONDS} s and {LIMIT_KB} KB")
