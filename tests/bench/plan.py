"""How long a plan takes to become a PDF, in a process that makes nothing else: bin/bench plan [COUNT]."""

import resource
import sys
import time

import django

django.setup()

from django.core.management import call_command  # noqa: E402

from documents import rendering  # noqa: E402
from documents.models import Document  # noqa: E402


def main(count=20):
    if not Document.objects.filter(template="diagnostics/pdf/action_plan.html").exists():
        call_command("demo", verbosity=0)
    plans = list(Document.objects.filter(template="diagnostics/pdf/action_plan.html"))
    times = []
    for number in range(count):
        plan = plans[number % len(plans)]
        began = time.perf_counter()
        rendering.render_pdf(
            template=plan.template, context=plan.context, title=plan.title, language=plan.language, number=plan.number
        )
        times.append(time.perf_counter() - began)
    rest = sorted(times[1:])
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    for name, value in [
        ("first, seconds", times[0]),
        ("median of the others", rest[len(rest) // 2]),
        ("slowest of the others", rest[-1]),
        ("memory at most, MB", memory),
    ]:
        sys.stdout.write(f"{name:24}{value:8.2f}\n")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
