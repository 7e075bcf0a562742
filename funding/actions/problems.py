"""Why something cannot be done; the message is for the person who tried."""


class UnableToStart(Exception):
    """The firm cannot ask for this money now; the message says why."""


class OutlineFirst(UnableToStart):
    """An outline has to be found ready before; the message says so."""


class UnableToChange(Exception):
    """The costs cannot be changed so; the message says why."""


class UnableToSubmit(Exception):
    """The application cannot be sent yet; the message says what is missing."""


class UnableToInvite(Exception):
    """The person cannot be asked to assess; the message says why."""


class UnableToReview(Exception):
    """The person may not assess this application; the message says why."""


class UnableToDecide(Exception):
    """The application cannot be decided so; the message says why."""


class UnableToAccept(Exception):
    """The offer cannot be taken up; the message says why and what to do."""


class UnableToAppeal(Exception):
    """The refusal cannot be looked at again; the message says why."""


class UnableToClaim(Exception):
    """The claim cannot be made or sent so; the message says what is missing."""


class UnableToCheck(Exception):
    """The claim cannot be checked or agreed so; the message says why."""


class UnableToPay(Exception):
    """The money cannot go out so, or not to this account; the message says why."""
