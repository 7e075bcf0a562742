from django.core.management.base import BaseCommand, CommandError

from accounts.models import Assignment, User
from accounts.permissions import Role
from programmes.models import Programme


class Command(BaseCommand):
    help = "Give a person a staff role in a programme, or in one region of it; with --end take it away."

    def add_arguments(self, parser):
        parser.add_argument("email")
        parser.add_argument("programme", help="slug")
        parser.add_argument("role", choices=[role.value.lower() for role in Role])
        parser.add_argument("--region", help="slug of a region; without it the role covers the whole programme")
        parser.add_argument("--end", action="store_true", help="take the role away")

    def handle(self, *, email, programme, role, region, end, **options):
        user = User.objects.filter(email__iexact=email).first()
        if user is None:
            raise CommandError(f"No account uses {email}. The person opens one at /accounts/signup/ first.")
        found = Programme.objects.filter(slug=programme).first()
        if found is None:
            raise CommandError(f"There is no programme {programme}.")
        place = found.regions.filter(slug=region).first() if region else None
        if region and place is None:
            raise CommandError(f"{programme} has no region {region}.")
        rows = Assignment.objects.filter(user=user, programme=found, region=place, role=role.upper())
        if end:
            rows.delete()
        elif not rows.exists():
            Assignment.objects.create(user=user, programme=found, region=place, role=role.upper())
        self.stdout.write(f"{user.email}: {', '.join(str(row) for row in user.assignments.all()) or 'no role'}")
