"""`recompute_results`: does every stored result still say what the method says of its answers today?"""

from django.core.management.base import BaseCommand, CommandError

from diagnostics import schema
from diagnostics.models import QuestionnaireVersion, Result

AT_ONCE = 200


class Command(BaseCommand):
    help = "Score the frozen answers of every stored result again and print where the numbers differ. Changes nothing."

    def handle(self, *args, **options):
        self.documents = {}
        results, differing = 0, 0
        rows = Result.objects.select_related("assessment__case").order_by("pk")
        rows = rows.only("number", "method_version", "snapshot", "assessment__round", "assessment__version_id",
                         "assessment__case__reference")  # fmt: skip
        for result in rows.iterator(chunk_size=AT_ONCE):
            results += 1
            differing += self._tell(result)
        versions = ", ".join(sorted(number for number, _document, _sha256 in self.documents.values())) or "no version"
        counted = f"{results:,} results ({versions})"
        if differing:
            raise CommandError(f"{counted}: {differing:,} differ from what the method says today.")
        self.stdout.write(f"{counted}: every one equals what the method says today.")

    def _tell(self, result):
        """Print every difference of one result; whether there was one."""
        number, document, sha256 = self._version(result.assessment.version_id)
        found = [(item.path, item.stored, item.today) for item in result.differences(document)]
        for name, stored, today in [
            ("version", result.snapshot["version"], number),
            ("sha256", result.snapshot["sha256"], sha256),
            ("method_version", result.method_version, result.snapshot["result"]["method_version"]),
        ]:
            if stored != today:
                found.append((name, stored, today))
        assessment = result.assessment
        for path, stored, today in found:
            name = f"{assessment.case.reference} {assessment.round} result {result.number}"
            self.stdout.write(f"{name}, {path}: stored {stored!r}, today {today!r}")
        return bool(found)

    def _version(self, pk):
        """Number, document and the hash of the document as it is now: read once for all results of one version."""
        if pk not in self.documents:
            version = QuestionnaireVersion.objects.get(pk=pk)
            self.documents[pk] = (version.number, version.document, schema.sha256(version.document))
        return self.documents[pk]
