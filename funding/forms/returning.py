"""What staff ask a firm to change before they go on."""

from django.utils.translation import gettext_lazy as _

from applications.forms import ReasonForm
from portal.forms import LongTextField

PREFIX = "ask_"


class ReturnForm(ReasonForm):
    """A question, and section by section what is to be changed; cleaned it is {reason, sections: {code: words}}."""

    def __init__(self, *args, sections, **kwargs):
        super().__init__(
            *args,
            label=_("What do you need from the firm?"),
            help_text=_("The firm reads these words. It changes its application and sends it again."),
            submit_label=_("Return to the firm"),
            **kwargs,
        )
        for code, title in sections.items():
            self.fields[PREFIX + code] = LongTextField(label=title, required=False, max_length=500, rows=2)

    def section_fields(self):
        return [self[name] for name in self.fields if name.startswith(PREFIX)]

    def clean(self):
        asked = {name: words for name, words in self.cleaned_data.items() if name.startswith(PREFIX) and words}
        sections = {name.removeprefix(PREFIX): words for name, words in asked.items()}
        return {"reason": self.cleaned_data.get("reason", ""), "sections": sections}
