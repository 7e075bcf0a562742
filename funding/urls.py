from django.urls import include, path

from funding.views import costs, firm, offers, staff

app_name = "funding"

of_application = [
    path("", firm.tasks, name="tasks"),
    path("project/", firm.project, name="project"),
    path("dates/", firm.dates, name="dates"),
    path("costs/", costs.costs, name="costs"),
    path("costs/add/", costs.line, name="add-line"),
    path("costs/<int:line>/", costs.line, name="line"),
    path("costs/<int:line>/remove/", costs.remove_line, name="remove-line"),
    path("costs/<int:line>/quote/", costs.add_quote, name="add-quote"),
    path("quotes/<int:quote>/", costs.quote_file, name="quote-file"),
    path("quotes/<int:quote>/remove/", costs.remove_quote, name="remove-quote"),
    path("grant/", firm.grant, name="grant"),
    path("check/", firm.check, name="check"),
    path("sent/", firm.sent, name="sent"),
    path("withdraw/", firm.withdraw, name="withdraw"),
    path("offer/", offers.offer, name="offer"),
    path("offer/turn-down/", offers.turn_down, name="turn-down"),
    path("offer/letter/", offers.letter, name="letter"),
    path("offer/confirmation/", offers.aid_letter, name="aid-letter"),
]
of_staff = [
    path("", staff.detail, name="detail"),
    path("review/", staff.review, name="review"),
    path("return/", staff.return_to_firm, name="return"),
    path("decide/", staff.decide, name="decide"),
    path("decline/", staff.decline, name="decline"),
    path("withdraw-offer/", staff.withdraw_offer, name="withdraw-offer"),
]

urlpatterns = [
    path("cases/<reference:reference>/funding/", firm.overview, name="list"),
    path("cases/<reference:reference>/funding/start/", firm.start, name="start"),
    path("cases/<reference:reference>/funding/start/<int:action>/", firm.start, name="start-for-action"),
    path("cases/<reference:reference>/funding/<int:number>/", include(of_application)),
    path("casework/funding/", staff.queue, name="queue"),
    path("casework/<reference:reference>/funding/<int:number>/", include(of_staff)),
]
