import pytest

from accounts.permissions import FirmRole
from funding import actions
from funding.actions import sharing
from funding.models import Colleague, Comment
from notifications.models import Message
from portal.models import Event
from tests.factories.accounts import AssignmentFactory, MembershipFactory
from tests.factories.funding import WRITTEN, GrantApplicationFactory, submit
from tests.funding.test_views_firm import address

pytestmark = pytest.mark.django_db
KEY = "2a1c5be2-7a14-4d6c-9d0b-3f7c1d2e4a5b"
Role = Colleague.Role


@pytest.fixture
def application():
    return GrantApplicationFactory()


@pytest.fixture
def owner(application):
    return application.case.created_by


@pytest.fixture
def colleague(application):
    return MembershipFactory(organisation=application.case.organisation, role=FirmRole.COLLEAGUE).user


def give(application, colleague, role, **more):
    actions.give_role(
        application=application, colleague=colleague, role=role, by=application.created_by, at=WRITTEN, **more
    )


class TestRoles:
    def test_by_the_firms_role_unless_given_another(self, application, owner, colleague, outsider):
        student = MembershipFactory(organisation=application.case.organisation, role=FirmRole.STUDENT).user
        adviser = AssignmentFactory(programme=application.case.programme).user
        people = (owner, colleague, student, adviser, outsider)
        assert [sharing.role_of(one, application) for one in people] == [Role.SUBMIT, Role.EDIT, None, None, None]
        give(application, colleague, Role.SUBMIT)
        assert sharing.may(colleague, application, Role.SUBMIT)
        give(application, colleague, Role.VIEW)
        assert not sharing.may(colleague, application, Role.EDIT)
        assert not sharing.may(outsider, application, Role.VIEW)
        assert Event.objects.filter(kind="grantapplication.role_given").count() == 2
        # In another application of the firm nothing changes.
        assert sharing.role_of(colleague, GrantApplicationFactory(case=application.case)) == Role.EDIT

    def test_given_to_colleagues_alone_while_it_is_open(self, application, owner, outsider, colleague):
        for person in (owner, outsider):
            with pytest.raises(actions.UnableToChange, match="Only a colleague"):
                give(application, person, Role.VIEW)
        application.withdraw(by=owner, at=WRITTEN)
        with pytest.raises(actions.UnableToChange, match="has ended"):
            give(application, colleague, Role.VIEW)

    def test_who_may_read_changes_nothing(self, signed_in, application, colleague):
        give(application, colleague, Role.VIEW)
        client = signed_in(colleague)
        line = application.lines.get().pk
        for name, args in {
            "project": (), "costs": (), "add-line": (), "line": (line,), "remove-line": (line,), "partners": (),
            "match": (), "grant": (), "milestones": (),
        }.items():  # fmt: skip
            assert client.get(address(application, name, *args)).status_code == 403, name
            assert client.post(address(application, name, *args)).status_code == 403, name
        assert client.get(address(application, "comments")).status_code == 200
        assert client.get(address(application, "colleagues")).status_code == 200

    def test_an_owner_says_who_may_what(self, signed_in, application, owner, colleague):
        client = signed_in(owner)
        page = client.get(address(application, "colleagues"))
        assert colleague.full_name in page.text
        url = address(application, "colleague", colleague.pk)
        assert "Choose what the person may do" in client.post(url, {"sent": ""}).text
        assert client.post(url, {"role": "VIEW"}).url == address(application, "colleagues")
        assert Colleague.objects.get().role == "VIEW"
        assert client.get(address(application, "colleague", owner.pk)).status_code == 404
        application.withdraw(by=owner, at=WRITTEN)
        assert "has ended" in client.post(url, {"role": "EDIT"}).text
        assert signed_in(colleague).get(url).status_code == 403


class TestComments:
    FACTS = {"key": KEY, "section": "project", "text": "Which robot?"}

    def test_between_colleagues_and_settled(self, signed_in, application, colleague, owner):
        url = address(application, "comments")
        for _click in range(2):
            assert signed_in(colleague).post(url, self.FACTS).url == url
        comment = Comment.objects.get()
        page = signed_in(owner).get(url + "?about=costs")
        assert "Which robot?" in page.text
        for _click in range(2):
            assert signed_in(owner).post(address(application, "settle-comment", comment.pk)).url == url
        comment.refresh_from_db()
        assert comment.settled_by == owner
        assert "Settled" in signed_in(owner).get(url).text
        assert signed_in(owner).get(address(application, "settle-comment", comment.pk)).status_code == 405

    def test_the_adviser_reads_what_is_meant_for_the_adviser(self, signed_in, application, owner):
        submit(application)
        adviser = AssignmentFactory(programme=application.case.programme).user
        firm, staff = address(application, "comments"), address(application, "staff-comments")
        client = signed_in(owner)
        client.post(firm, self.FACTS | {"text": "Between us"})
        other = "2a1c5be2-7a14-4d6c-9d0b-3f7c1d2e4a5c"
        client.post(firm, self.FACTS | {"key": other, "text": "For you", "for_adviser": "on"})
        client = signed_in(adviser)
        page = client.get(address(application, "detail")).text
        assert staff in page
        assert "(1 open)" in page
        page = client.get(staff)
        assert "For you" in page.text
        assert "Between us" not in page.text
        hidden = Comment.objects.get(text="Between us")
        assert client.post(address(application, "settle-staff-comment", hidden.pk)).status_code == 404
        key = "2a1c5be2-7a14-4d6c-9d0b-3f7c1d2e4a5d"
        client.post(staff, {"key": key, "section": "costs", "text": "Two quotes, please"})
        comment = Comment.objects.get(text="Two quotes, please")
        assert (comment.from_staff, comment.for_adviser) == (True, True)
        assert Message.objects.filter(kind="grant_comment").count() == 1
        client.post(address(application, "settle-staff-comment", comment.pk))
        assert "Two quotes, please" in signed_in(owner).get(firm).text

    def test_nothing_is_added_once_it_has_ended(self, signed_in, application, owner):
        application.withdraw(by=owner, at=WRITTEN)
        assert "has ended" in signed_in(owner).post(address(application, "comments"), self.FACTS).text
        page = signed_in(owner).post(address(application, "comments"), self.FACTS | {"text": ""})
        assert "Write your comment" in page.text

    def test_a_page_out_of_date_says_so(self, application, owner):
        facts = {"section": "project", "text": "x", "for_adviser": False, "by": owner, "at": WRITTEN, "key": KEY}
        actions.write_comment(application=application, **facts)
        with pytest.raises(actions.UnableToChange, match="out of date"):
            actions.write_comment(application=GrantApplicationFactory(case=application.case), **facts)

    def test_outsiders_find_nothing(self, signed_in, application, outsider):
        for name in ("comments", "colleagues", "staff-comments", "staff-partners"):
            assert signed_in(outsider).get(address(application, name)).status_code == 404
