"""The sections of an application: words field by field, milestones, risks, declarations."""

import uuid
from datetime import date

import pytest
from django.urls import reverse

from accounts.permissions import FirmRole
from funding import actions
from funding.actions.planning import number_of
from funding.models import GrantApplication, Milestone, Risk
from tests.factories.accounts import MembershipFactory
from tests.factories.funding import WRITTEN, GrantApplicationFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def application():
    return GrantApplicationFactory()


@pytest.fixture
def owner(application, client):
    client.force_login(application.created_by)
    return client


@pytest.fixture
def colleague(application):
    return MembershipFactory(organisation=application.case.organisation, role=FirmRole.COLLEAGUE).user


def address(application, name, *args):
    return reverse(f"funding:{name}", args=[application.case.reference, application.number, *args])


def save(application, answers, seen=None, section="project", **more):
    facts = {"by": application.created_by, "at": WRITTEN} | more
    return actions.save_section(
        application=application, section=section, answers=answers, seen=seen or {}, **facts
    )  # fmt: skip


class TestSaving:
    def test_who_saved_what_is_kept_by_field(self, application):
        now, newer = save(application, {"problem": "Idle.", "title": application.title})
        assert newer == []
        assert (number_of(now, "problem"), number_of(now, "title")) == (1, 0)
        application.refresh_from_db()
        assert application.problem == "Idle."
        assert application.saves["problem"]["name"] == application.created_by.get_short_name()

    def test_a_stale_save_keeps_the_newer_words_and_all_other_fields(self, application, colleague):
        save(application, {"problem": "Mary's."}, by=colleague)
        now, newer = save(application, {"problem": "Mine.", "outputs": "Two cells."})
        assert newer == ["problem"]
        assert (now.problem, now.outputs) == ("Mary's.", "Two cells.")
        now, newer = save(application, {"problem": "Mine."}, {"problem": 1})
        assert (newer, now.problem) == ([], "Mine.")

    def test_the_same_words_twice_are_saved_once(self, application):
        save(application, {"problem": "Idle."})
        now, newer = save(application, {"problem": "Idle."})
        assert (newer, number_of(now, "problem")) == ([], 1)

    def test_dates_never_cross(self, application):
        with pytest.raises(actions.UnableToChange, match="after it starts"):
            save(application, {"ends_on": date(2035, 1, 1)}, section="dates")

    def test_nothing_is_changed_once_sent(self):
        application = GrantApplicationFactory(submitted=True)
        with pytest.raises(actions.UnableToChange, match="has been sent"):
            save(application, {"title": "Another"})

    def test_after_a_return_only_what_was_sent_back_and_the_dates_are_open(self):
        application = GrantApplicationFactory(submitted=True)
        actions.return_to_firm(
            application=application, reason="Which robot?", sections={"project": "Name the robot."},
            by=application.created_by, at=WRITTEN,
        )  # fmt: skip
        assert [application.may_change(code) for code in ("project", "dates", "costs", "risks")] == [
            True, True, False, False,
        ]  # fmt: skip
        save(application, {"title": "Six-axis robot"})
        with pytest.raises(actions.UnableToChange, match="not asked you"):
            actions.remove_part(part=application.risks.get())
        with pytest.raises(actions.UnableToChange, match="not asked you"):
            actions.remove_line(line=application.lines.get())


class TestParts:
    def new(self, model, application, **more):
        facts = {
            Milestone: {"title": "Trained", "due_on": date(2036, 7, 1), "evidence": "Record"},
            Risk: {"text": "Late", "likelihood": 1, "impact": 3, "answer": "Order early"},
        }[model]
        return model(application=application, **facts | more)

    @pytest.mark.parametrize("model", [Milestone, Risk])
    def test_part_is_kept_once_changed_and_taken_out(self, application, model):
        key = uuid.uuid4()
        for _click in range(2):
            part = actions.save_part(application=application, part=self.new(model, application, creation_key=key))
        assert model.objects.count() == 2
        actions.save_part(application=application, part=part)
        actions.remove_part(part=part)
        assert model.objects.count() == 1

    def test_key_of_another_application_is_refused(self, application):
        other = GrantApplicationFactory().risks.get()
        with pytest.raises(actions.UnableToChange, match="out of date"):
            actions.save_part(
                application=application, part=self.new(Risk, application, creation_key=other.creation_key)
            )

    def test_part_taken_out_meanwhile_is_not_brought_back(self, application):
        risk = application.risks.get()
        Risk.objects.all().delete()
        with pytest.raises(actions.UnableToChange, match="taken this out"):
            actions.save_part(application=application, part=risk)

    def test_there_is_a_most(self, application, monkeypatch):
        monkeypatch.setattr("funding.actions.planning.MOST_PARTS", 1)
        with pytest.raises(actions.UnableToChange, match="the most"):
            actions.save_part(application=application, part=self.new(Risk, application))


def autosave(client, application, section, field, **data):
    return client.post(address(application, section), data, headers={"X-Autosave": field})


class TestPages:
    def test_a_field_is_saved_by_itself(self, owner, application):
        told = autosave(owner, application, "project", "problem", problem="Idle at night.", saved_problem="0")
        assert told.json()["text"].startswith("Saved at ")
        assert told.json()["values"] == {"saved_problem": 1}
        application.refresh_from_db()
        assert (application.problem, application.title) == ("Idle at night.", "Robot cell for machine tending")

    def test_an_emptied_field_is_saved_and_the_section_is_open_again(self, owner, application):
        assert autosave(owner, application, "project", "problem", problem="").status_code == 200
        assert autosave(owner, application, "dates", "starts_on").status_code == 200
        assert "Cannot start yet" in owner.get(address(application, "tasks")).text

    def test_a_wrong_field_is_not_saved_and_says_why(self, owner, application):
        told = autosave(owner, application, "project", "summary", summary="word " * 81)
        assert (told.status_code, told.json()["text"]) == (
            422, "Not saved yet. Use 80 words or fewer. You have used 81.",
        )  # fmt: skip
        told = autosave(
            owner, application, "dates", "ends_on", ends_on_day="1", ends_on_month="1", ends_on_year="2030"
        )  # fmt: skip
        assert told.status_code == 423
        assert "must finish after it starts" in told.json()["text"]

    def test_a_newer_save_is_told_of(self, owner, application, colleague):
        save(application, {"problem": "Mary's."}, by=colleague)
        told = autosave(owner, application, "project", "problem", problem="Mine.", saved_problem="0")
        assert told.status_code == 409
        assert told.json()["text"].startswith(f"{colleague.get_short_name()} has answered this since")

    def test_a_declaration_is_not_saved_by_itself(self, owner, application):
        assert autosave(owner, application, "subsidy", "note", note="x").status_code == 404
        assert autosave(owner, application, "project", "status", status="APPROVED").status_code == 404

    def test_stale_words_stand_beside_the_newer_ones_and_replace_them_when_sent_again(
        self, owner, application, colleague
    ):
        words = {name: getattr(application, name) for name in ("title", "work", "outputs", "benefit", "summary")}
        save(application, {"problem": "Written by Mary."}, by=colleague)
        page = owner.post(address(application, "project"), words | {"problem": "Written by me.", "saved_problem": "0"})
        assert "Written by Mary." in page.text
        assert "Written by me." in page.text
        assert f"{colleague.get_short_name()} has answered this since you opened it." in page.text
        number = next(row["number"] for row in page.context["rows"] if row["field"].name == "problem")
        again = words | {"problem": "Written by me.", "saved_problem": str(number)}
        assert owner.post(address(application, "project"), again).url == address(application, "tasks")
        application.refresh_from_db()
        assert application.problem == "Written by me."

    def test_own_other_window_is_named(self, owner, application):
        save(application, {"problem": "In the other window."})
        page = owner.post(address(application, "project"), {"title": "T", "problem": "Here.", "saved_problem": "x"})
        assert "There is a problem" in page.text
        told = autosave(owner, application, "project", "problem", problem="Here.")
        assert "another window" in told.json()["text"]

    def test_words_typed_after_it_was_sent_are_not_lost(self, owner, application):
        GrantApplication.objects.filter(pk=application.pk).update(status="WITHDRAWN")
        assert owner.get(address(application, "project")).url == address(application, "tasks")
        page = owner.post(address(application, "conflicts"), {"has_conflict": "yes", "conflict_note": "My own words"})
        assert "My own words" in page.text
        assert "has been sent" in page.text

    def test_words_come_back_after_signing_in_again(self, owner, application):
        owner.logout()
        url = address(application, "project")
        owner.post(url, {"problem": "Typed too late", "typed_by": str(application.created_by.pk)})
        owner.force_login(application.created_by)
        page = owner.get(url)
        assert page.status_code == 200

    def test_conflicts_are_explained_or_none(self, owner, application):
        url = address(application, "conflicts")
        assert "Tell us who it is" in owner.post(url, {"has_conflict": "yes"}).text
        assert owner.post(url, {"has_conflict": "yes", "conflict_note": "My brother"}).url
        page = owner.post(url, {"has_conflict": "no", "conflict_note": "x", "saved_has_conflict": "1"})
        application.refresh_from_db()
        assert (page.status_code, application.has_conflict) == (200, False)
        assert "My brother" in page.text  # the note was newer than the page knew

    def test_subsidy_is_declared_in_frozen_words(self, owner, application):
        url = address(application, "subsidy")
        assert "Declare that this is complete" in owner.post(url, {"other_money": "no"}).text
        assert "Tell us from whom" in owner.post(url, {"other_money": "yes", "declares": "on"}).text
        told = {"other_money": "yes", "note": "£5,000 from the council", "declares": "on"}
        assert owner.post(url, told).url == address(application, "tasks")
        application.refresh_from_db()
        assert application.subsidy["note"] == "£5,000 from the council"
        assert application.subsidy["words"].startswith("I declare that what I say")
        page = owner.post(url, {"other_money": "no", "declares": "on", "saved_subsidy": "0"})
        assert "£5,000 from the council" in page.text

    def test_milestones_lie_inside_the_project(self, owner, application):
        url = address(application, "add-milestone")
        facts = {
            "key": str(uuid.uuid4()), "title": "Trained", "evidence": "Record", "due_on_day": "1",
            "due_on_month": "7", "due_on_year": "2036",
        }  # fmt: skip
        assert "Your project starts on" in owner.post(url, facts | {"due_on_year": "2030"}).text
        assert "Your project ends on" in owner.post(url, facts | {"due_on_year": "2040"}).text
        for _click in range(2):
            assert owner.post(url, facts).url == address(application, "milestones")
        assert application.milestones.count() == 2
        page = owner.get(address(application, "milestones"))
        assert "By 1 July 2036. What shows it: Record" in page.text

    def test_risk_is_added_changed_and_taken_out(self, owner, application):
        facts = {"key": str(uuid.uuid4()), "text": "Late", "likelihood": "3", "impact": "1", "answer": "Order early"}
        owner.post(address(application, "add-risk"), facts)
        risk = application.risks.last()
        owner.post(address(application, "risk", risk.pk), facts | {"text": "Very late"})
        risk.refresh_from_db()
        assert risk.text == "Very late"
        page = owner.get(address(application, "remove-risk", risk.pk))
        assert "Take out “Very late”?" in page.text
        for _click in range(2):
            assert owner.post(address(application, "remove-risk", risk.pk)).url == address(application, "risks")
        assert application.risks.count() == 1
        assert owner.get(address(application, "risk", risk.pk)).status_code == 404

    def test_parts_typed_after_it_was_sent_are_not_lost(self, owner, application):
        GrantApplication.objects.filter(pk=application.pk).update(status="WITHDRAWN")
        facts = {"key": str(uuid.uuid4()), "text": "My words", "likelihood": "3", "impact": "1", "answer": "x"}
        page = owner.post(address(application, "add-risk"), facts)
        assert "My words" in page.text
        assert "has been sent" in page.text
        for name in ("risks", "add-risk"):
            assert owner.get(address(application, name)).url == address(application, "tasks")
        risk = application.risks.get()
        assert owner.post(address(application, "remove-risk", risk.pk)).url == address(application, "tasks")

    def test_a_colleague_who_may_only_read_sees_what_was_written(self, client, application, colleague):
        actions.give_role(
            application=application, colleague=colleague, role="VIEW", by=application.created_by, at=WRITTEN
        )  # fmt: skip
        client.force_login(colleague)
        page = client.get(address(application, "tasks"))
        assert application.problem in page.text
        assert address(application, "project") not in page.text
        for name in ("project", "milestones", "check"):
            assert client.get(address(application, name)).status_code == 403, name
