"""What the desk refuses: tickets, duties, people, holds and what two decide."""

from __future__ import annotations

from alarm_receiver.web.refusal_reason import MOST, NEEDED, Reason
from alarm_receiver.web.words import N_

DESK: dict[str, Reason] = {
    # tickets
    "yes_or_no": Reason(
        "{} is answered yes, no or unknown, not {}", N_("The answer is yes, no or unknown."), "text"
    ),
    "answer_long": Reason("an answer has at most {most} characters, not {}", MOST, "text"),
    "no_question": Reason("there is no question {}", N_("There is no such question.")),
    "ends_otherwise": Reason(
        "a {} ends with one of {}, not with {}",
        N_("This kind of alarm does not end in that way; choose another outcome."),
        "outcome",
    ),
    "never_ring": Reason(
        "a {}: never call the premises, {}",
        N_(
            "Do not ring the site: a ringing phone tells the attacker. Call the agency, then "
            "keyholders. A supervisor may override this with a reason."
        ),
        "target",
    ),
    "help_first": Reason(
        "a {}: dispatch first, then call the premises",
        N_("Send help first, then ring."),
        "target",
    ),
    "ticket_state": Reason(
        "cannot {} a ticket that is {state}", N_("The state of the ticket is: %(state)s.")
    ),
    "passed_often": Reason(
        "passed on {count} times already; a supervisor takes it from here",
        N_("It was passed on %(count)s times already; a supervisor takes it from here."),
    ),
    "held": Reason(
        "{name} holds this ticket; he or a supervisor may pass it on",
        N_("%(name)s holds this ticket; only he or a supervisor may pass it on."),
    ),
    "no_colleague": Reason(
        "{name} does not work on tickets here", N_("%(name)s does not work on tickets here."), "to"
    ),
    "holds_already": Reason(
        "{name} holds this ticket already", N_("%(name)s holds this ticket already."), "to"
    ),
    "gives_reason": Reason(
        "{}: a supervisor who passes it on gives a reason",
        N_("A supervisor who passes it on gives a reason."),
        "reason",
    ),
    "no_unit": Reason("there is no unit {}", N_("There is no such unit any more."), "unit"),
    "parked_often": Reason(
        "parked {times} times already; a supervisor may park it again",
        N_("Parked %(times)s times already; a supervisor may park it again."),
    ),
    "park_reason": Reason(
        "putting it aside needs a reason", N_("Putting it aside needs a reason."), "reason"
    ),
    "nobody_sent": Reason("nobody is named to be sent", N_("Say who is sent."), "to"),
    # the roster
    "duty_long": Reason(
        "a duty ends after it begins, {hours} hours later at most",
        N_("A duty ends after it begins, %(hours)s hours later at most."),
        "ends",
    ),
    "duty_years": Reason(
        "a duty lies between the years 2000 and 9000", N_("Look at the year."), "begins"
    ),
    "duty_state": Reason("cannot {} a duty that is {duty}", N_("The duty is: %(duty)s.")),
    "duty_early": Reason(
        "the duty begins more than an hour from now",
        N_("The duty begins more than an hour from now."),
    ),
    "on_duty": Reason(
        "he is on duty then already (duty {}); cancel or end that one first",
        N_("This person is on duty then already; cancel or end that duty first."),
        "operator",
    ),
    "off_duty": Reason(
        "you are not on duty; start first", N_("You are not on duty; begin it first.")
    ),
    "duty_changed": Reason(
        "the duty has changed meanwhile; look at it again",
        N_("It has changed meanwhile; look at it again."),
    ),
    "holds_tickets": Reason(
        "you hold ticket {}: hand back or pass on what you hold, then go",
        N_("You hold tickets: hand back or pass on what you hold, then go."),
    ),
    "last_one": Reason(
        "you are the last one at the desk; a break needs somebody to take your place",
        N_("You are the last one at the desk: a break needs somebody to take your place."),
    ),
    "teams": Reason("there are {count} teams already", N_("There are %(count)s teams already.")),
    # people
    "name_taken": Reason(
        "there is or was somebody of the name {} already",
        N_("There is somebody of this name already."),
        "name",
    ),
    "third": Reason(
        "there are two administrators already, {}",
        N_("Two administrators make a third one: add the person in another role, then propose it."),
        "role",
    ),
    "not_yourself": Reason(
        "you cannot disable yourself; another administrator can",
        N_("Another administrator can do this for you."),
    ),
    "not_yours": Reason(
        "another administrator can do this for you",
        N_("Another administrator can do this for you."),
    ),
    "admins_password": Reason(
        "nobody makes an administrator's password for him; who has the machine runs `{command}`",
        N_(
            "Nobody makes an administrator's password for him; who has the machine runs a command "
            "there: %(command)s"
        ),
    ),
    "passkeys": Reason(
        "you have {count} passkeys; remove one first",
        N_("You have %(count)s passkeys; remove one first."),
    ),
    "passkey_other": Reason(
        "this passkey was asked for by somebody else",
        N_("This passkey was asked for by somebody else."),
    ),
    "passkey_bad": Reason(
        "the passkey was not accepted: {}", N_("The passkey does not hold; try again.")
    ),
    "passkey_unknown": Reason(
        "this passkey is not known here", N_("This passkey is not known here.")
    ),
    "passkey_copied": Reason(
        "this passkey's counter fell behind; it may have been copied",
        N_("This passkey's counter fell behind: it may have been copied. Tell an administrator."),
    ),
    "passkey_none": Reason(
        "this is no answer of an authenticator", N_("The passkey does not hold; try again.")
    ),
    "passkey_old": Reason(
        "this challenge was answered already or is too old; try again",
        N_("That took too long. Begin again."),
    ),
    "by_name": Reason(
        "open the console by its name, not by its number, to use passkeys",
        N_("Open the console by its name, not by its number, to use passkeys."),
    ),
    "no_scope": Reason(
        "Value error, no scope {}", N_("This cannot be opened by a token."), "scopes"
    ),
    # holds, four eyes, agencies, pages
    "hold_kind": Reason(
        "name a ticket by its number, a site by its account, a customer by name",
        N_("Number of the ticket, account of the site, or name of the customer"),
        "subject",
    ),
    "no_subject": Reason(
        "there is no {} {name}", N_("There is nothing called %(name)s here."), "subject"
    ),
    "lifted": Reason("hold {} was lifted before", N_("This hold was lifted before.")),
    "another_decides": Reason(
        "another person must decide what you asked for",
        N_("Another person must decide what you asked for."),
    ),
    "decided": Reason("this was {}; ask again", N_("This is decided or over; ask again.")),
    "quicker": Reason("somebody else was quicker", N_("Somebody else was quicker.")),
    "one_pair": Reason(
        "one of you made the other's account alone, {}",
        N_(
            "One of you made the other's account alone a short while ago: that is one pair of "
            "eyes. A third person may decide."
        ),
    ),
    "admin_already": Reason(
        "{name} is an administrator already", N_("%(name)s is an administrator already.")
    ),
    "who_asked": Reason(
        "only who asked may do what was approved", N_("Only who asked may do what was approved.")
    ),
    "not_approved": Reason(
        "this is not approved, was done already, or its day is over",
        N_("This is not approved, was done already, or its day is over."),
    ),
    "names_what": Reason("Value error, {} name a site, the others a subject", NEEDED, "account"),
    "agency_id": Reason(
        "{} is no id of an agency: {}",
        N_("An id has up to 32 of a-z, 0-9 and -, none at an end."),
        "id",
    ),
    "agency_taken": Reason(
        "there is an agency {} already; give another id",
        N_("There is an agency of this name or id already."),
        "id",
    ),
    "agency_called": Reason(
        "agency {} is called {} already",
        N_("There is an agency of this name or id already."),
        "name",
    ),
    "agency_peopled": Reason(
        "agency {} has accounts already: its administrators {}",
        N_("This agency has accounts already: its own administrators make further ones."),
    ),
    "agency_name": Reason(
        "an agency's name has 1 to {most} letters", N_("A name has 1 to %(most)s letters."), "name"
    ),
    "page_settled": Reason(
        "its ticket was taken or closed: it is sent to nobody; end the page instead",
        N_("Its ticket was taken or closed; end this instead."),
    ),
    "page_sending": Reason(
        "the page is being sent just now, or somebody was quicker; look again",
        N_("It is being sent just now, or somebody was quicker; look again."),
    ),
}
