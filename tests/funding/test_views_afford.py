"""Can I afford it: open to everybody, worked out as an application would be, and carried into one."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from django.urls import reverse

from funding.models import GrantApplication
from portal.models import Event
from tests.factories.applications import CaseFactory
from tests.factories.funding import GrantApplicationFactory
from tests.factories.programmes import CallFactory, InstrumentFactory

pytestmark = pytest.mark.django_db

FIGURES = {
    "cost_capital_equipment": "30,000", "cost_software": "6000", "vat_percent": "20", "vat_recoverable": "yes",
    "starts_on_day": "1", "starts_on_month": "3", "starts_on_year": "2035",
    "ends_on_day": "31", "ends_on_month": "8", "ends_on_year": "2035", "spread": "even",
}  # fmt: skip


@pytest.fixture
def call(programme):
    return CallFactory(instrument__programme=programme, claim_terms={"months": 3, "retention_percent": "10"})


@pytest.fixture
def url(call):
    return reverse("funding:afford", args=[call.instrument.programme.slug, call.pk])


def tried(client, url, **more):
    """The page with the answer to these figures."""
    response = client.post(url, FIGURES | more)
    assert response.status_code == 302, response.context["form"].errors
    return client.get(response.url)


def test_without_signing_in(client, url):
    page = client.get(url)
    assert page.status_code == 200
    assert page.context["result"] is None
    assert page.context["form"]["vat_percent"].value() == "20"
    result = tried(client, url).context["result"]
    panel = result.panel
    assert (panel.total, panel.eligible, panel.grant, panel.applicant_pays) == (36000, 36000, 18000, 18000)
    assert (result.percent, result.cap, result.vat) == ("50", 20000, 7200)
    assert [month.name for month in result.months][:2] == ["Mar 2035", "Apr 2035"]
    assert [month.grant for month in result.months if month.grant] == [8100, 9900]
    assert result.lowest.position == -31500
    assert (result.tied_up, result.short) == (31500, None)
    assert result.months[-1].position == -18000
    assert not GrantApplication.objects.exists()
    assert not Event.objects.exists()


def test_the_answer_says_whether_the_cash_is_enough(client, url):
    enough = tried(client, url, cash="32000")
    assert b"Your cash is enough" in enough.content
    assert enough.context["result"].tied_up == 31500
    short = tried(client, url, cash="20,000")
    assert short.context["result"].short == 11500
    assert "£11,500" in short.content.decode()
    assert short.context["form"]["cash"].value() == "20,000"


def test_vat_that_stays_is_a_cost_and_helped_with(client, url):
    result = tried(client, url, vat_recoverable="no").context["result"]
    assert (result.panel.eligible, result.panel.grant, result.vat) == (43200, 20000, None)


def test_a_cost_that_is_not_paid_for_is_shown_and_not_helped_with(client, url):
    panel = tried(client, url, cost_other="1000").context["result"].panel
    assert (panel.total, panel.eligible, panel.applicant_pays) == (37000, 36000, 19000)
    assert [line.cost for line in panel.ineligible] == [1000]


def test_where_nothing_can_be_granted_it_says_why(client, call, url):
    call.terms |= {"minimum": {"amount": "75000", "of": "total"}}
    call.save()
    page = tried(client, url)
    assert page.context["result"].months == []
    assert page.context["result"].panel.refusals
    assert b"No grant can be worked out yet" in page.content


def test_the_size_of_the_firm_is_asked_where_the_rate_depends_on_it(client, call, url):
    assert "firm_size" not in client.get(url).context["form"].fields
    call.terms |= {"category_rates": {"software": {"small": "70", "medium": "60"}}}
    call.save()
    grants = [
        tried(client, url, firm_size=size, cost_capital_equipment="").context["result"].panel.grant
        for size in ("small", "medium", "unknown")
    ]
    assert grants == [4200, 3600, 3600]


@pytest.mark.parametrize(
    ("more", "where"),
    [
        ({"cost_capital_equipment": "", "cost_software": ""}, "cost_capital_equipment"),
        ({"cost_software": "a lot"}, "cost_software"),
        ({"cost_software": "-1"}, "cost_software"),
        ({"vat_percent": "120"}, "vat_percent"),
        ({"starts_on_year": "2020", "ends_on_year": "2020"}, "starts_on"),
        ({"ends_on_year": "2034"}, "ends_on"),
        ({"ends_on_year": "2041"}, "ends_on"),
        ({"spread": "never"}, "spread"),
        ({"vat_recoverable": ""}, "vat_recoverable"),
    ],
)
def test_what_cannot_be_worked_out_is_asked_again(client, url, more, where):
    page = client.post(url, FIGURES | more)
    assert page.status_code == 200
    assert list(page.context["form"].errors) == [where]
    assert page.context["result"] is None
    assert b"There is a problem" in page.content


class TestWhich:
    def test_one_is_not_asked_for(self, client, call, url, programme):
        response = client.get(reverse("funding:afford-choose", args=[programme.slug]))
        assert response.status_code == 302
        assert response.url == url

    def test_several_are_listed_open_ones_and_those_to_come(self, client, call, programme, now):
        tomorrow = now + timedelta(days=1)
        coming = CallFactory(instrument=call.instrument, slug="next", name="The next one", opens_at=tomorrow)
        page = client.get(reverse("funding:afford-choose", args=[programme.slug]))
        assert [row["call"] for row in page.context["rows"]] == [call, coming]

    def test_nothing_to_ask_for(self, client, programme):
        CallFactory(instrument=InstrumentFactory(programme=programme, kind="advice"))
        response = client.get(reverse("funding:afford-choose", args=[programme.slug]))
        assert response.url == programme.get_absolute_url()

    @pytest.mark.parametrize("change", [{"is_draft": True}, {"closes_at": datetime(2026, 2, 1, tzinfo=UTC)}])
    def test_drafts_and_closed_calls_are_no_address(self, client, call, url, change):
        for name, value in change.items():
            setattr(call, name, value)
        call.save()
        assert client.get(url).status_code == 404

    def test_a_call_of_another_programme_is_no_address(self, client, call):
        other = CallFactory()
        url = reverse("funding:afford", args=[other.instrument.programme.slug, call.pk])
        assert client.get(url).status_code == 404


class TestCarried:
    @pytest.fixture
    def case(self, programme):
        return CaseFactory(programme=programme, accepted=True)

    @pytest.fixture
    def start(self, case):
        return reverse("funding:start", args=[case.reference])

    def begin(self, client, start):
        form = client.get(start).context["form"]
        client.post(start, {"key": form["key"].value(), "call": form["call"].value()})
        return GrantApplication.objects.latest("pk")

    def test_into_the_application_once(self, client, url, case, start):
        tried(client, url, cash="20000")
        client.force_login(case.created_by)
        assert urlsplit(start).path in client.get(url).content.decode()
        assert client.get(start).context["tried"]
        application = self.begin(client, start)
        lines = [(line.category, line.description, line.net, line.vat) for line in application.lines.all()]
        assert lines == [
            ("capital_equipment", "Capital equipment", 30000, 6000), ("software", "Software", 6000, 1200),
        ]  # fmt: skip
        assert (str(application.starts_on), str(application.ends_on)) == ("2035-03-01", "2035-08-31")
        assert client.get(url).context["result"] is None
        assert client.get(start).context["tried"] == []

    def test_a_draft_that_is_there_keeps_its_own(self, client, call, url, case, start):
        client.force_login(case.created_by)
        draft = GrantApplicationFactory(case=case, call=call)
        tried(client, url)
        assert self.begin(client, start) == draft
        assert draft.lines.count() == 1
        assert client.get(url).context["result"]

    def test_without_figures_the_page_says_where_to_try(self, client, call, case, start):
        client.force_login(case.created_by)
        page = client.get(start)
        assert page.context["tried"] == []
        assert reverse("funding:afford-choose", args=[case.programme.slug]) in page.content.decode()
        assert not self.begin(client, start).lines.exists()


def test_few_queries(client, url, django_assert_max_num_queries):
    client.post(url, FIGURES)
    with django_assert_max_num_queries(10):
        client.get(url)
