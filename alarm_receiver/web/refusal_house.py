"""What is refused about sites, their plans, orders to keypads, and the sign-in provider."""

from __future__ import annotations

from alarm_receiver.web.refusal_reason import NEEDED, Reason
from alarm_receiver.web.words import N_

HOUSE: dict[str, Reason] = {
    # sites
    "no_site": Reason(
        "no site has the account {account}", N_("No site has the account %(account)s."), "account"
    ),
    "rank": Reason(
        "another keyholder has rank {rank}",
        N_("Another keyholder stands in place %(rank)s of the order."),
        "rank",
    ),
    "duress_alone": Reason(
        "a duress word needs a password beside it",
        N_("A duress word needs a password beside it."),
        "password",
    ),
    "duress_near": Reason(
        "the duress word must be far from the password: no slip may say it",
        N_("The duress word must be far from the password: no slip may say it."),
        "duress",
    ),
    "jurisdiction": Reason(
        "known jurisdictions are {}", N_("There is no response plan of this name."), "jurisdiction"
    ),
    "position": Reason(
        "a position is latitude, longitude in degrees: 50.087, 14.421",
        N_("A position is latitude, longitude in degrees: 50.087, 14.421"),
        "spot",
    ),
    "unit_name": Reason(
        "a unit has a name of printable characters", N_("A unit needs a name."), "name"
    ),
    "same_name": Reason(
        "another {} is called {name}; give it another name",
        N_("Another one is called %(name)s; give it another name."),
        "name",
    ),
    "has_site": Reason(
        "site {name} has this {}; change the site first",
        N_("The site %(name)s has it; change the site first."),
    ),
    # floor plans
    "picture_kind": Reason(
        "a floor plan is {}", N_("A floor plan is an SVG or a PNG picture."), "picture"
    ),
    "picture_long": Reason(
        "a floor plan has at most {} bytes{}",
        N_("A floor plan has at most 2 MB; simplify it."),
        "picture",
    ),
    "picture_wide": Reason(
        "a floor plan has at most {} pixels a side and {}",
        N_("The picture is too large; scale it down."),
        "picture",
    ),
    "png": Reason(
        "the PNG picture {}", N_("The PNG picture is torn or of a rare kind."), "picture"
    ),
    "no_png": Reason("the file is no PNG picture", N_("The file is no PNG picture."), "picture"),
    "svg": Reason(
        "the drawing {}",
        N_("The drawing holds what is not let in; save it as a plain SVG."),
        "picture",
    ),
    "svg_styles": Reason(
        "the drawing's {}",
        N_("The drawing holds what is not let in; save it as a plain SVG."),
        "picture",
    ),
    "svg_large": Reason(
        "a drawing has at most {} elements, {}",
        N_("The picture is too large; scale it down."),
        "picture",
    ),
    "no_file": Reason("Value error, Expected UploadFile, {}", NEEDED, "picture"),
    "floor_name": Reason(
        "a floor's name is printable text", N_("It holds a sign that cannot be stored."), "name"
    ),
    "floors": Reason(
        "a site has at most {count} plans", N_("A site has at most %(count)s plans."), "floor"
    ),
    # orders
    "no_image": Reason(
        "there is no image of version {version} here; {}",
        N_("No firmware of version %(version)s is kept here."),
        "version",
    ),
    "no_firmware": Reason(
        "no firmware of version {version} is kept here",
        N_("No firmware of version %(version)s is kept here."),
        "version",
    ),
    "nobody_gets": Reason(
        "there is no keypad that would get it", N_("There is no keypad that would get it.")
    ),
    "roll_out_count": Reason(
        "it would go to {count} keypads; type that number to confirm it",
        N_("It would go to %(count)s keypads: type that number to confirm it."),
        "count",
    ),
    "roll_out_other": Reason(
        "another roll-out is under way; end it or wait for it first",
        N_("Another roll-out is under way; end it or wait for it first."),
    ),
    "roll_out_state": Reason(
        "the roll-out is not in a state for that; look at it again",
        N_("It has changed meanwhile; look at it again."),
    ),
    "roll_out_figures": Reason(
        "share, pace and failures are whole numbers",
        N_("Share, pace and failures are whole numbers within their bounds."),
    ),
    "other_board": Reason(
        "image {version} is for {boards}, keypad {} has {board}",
        N_("Firmware %(version)s is for %(boards)s; this keypad has %(board)s."),
        "version",
    ),
    "not_newer": Reason(
        "keypad {} has {version}: a keypad takes only what is newer; {}",
        N_("The keypad has %(version)s already and takes only what is newer."),
        "version",
    ),
    "many_orders": Reason(
        "{count} orders are under way; wait until some have ended",
        N_("%(count)s orders are under way; wait until some have ended."),
    ),
    "nothing_sent": Reason(
        "no {} are under way to device {}", N_("Nothing is under way to this keypad any more.")
    ),
    "no_keypad": Reason(
        "only keypads take orders; a gateway is set up where it stands",
        N_("Only keypads take orders; a gateway is set up where it stands."),
        "device",
    ),
    # what a keypad says of an order
    "silent": Reason(
        "the device is heard and does not answer: {}",
        N_(
            "The keypad is heard and does not answer: has it another key, or firmware that takes "
            "no orders? Look at it, then order again."
        ),
    ),
    "no_maker": Reason(
        "the keypad has no maker's key: provision it with {option}",
        N_("The keypad has no maker's key: provision it with %(option)s."),
    ),
    "unsigned": Reason(
        "the keypad's maker has not signed it, or it was changed on the way",
        N_("The keypad's maker has not signed it, or it was changed on the way."),
    ),
    "old_image": Reason(
        "the keypad has confirmed this version or a newer one before",
        N_("The keypad has confirmed this version or a newer one before."),
    ),
    "other_python": Reason(
        "it is for another MicroPython than the keypad's: update by cable",
        N_("It is for another MicroPython than the keypad's: update by cable."),
    ),
    "broken_image": Reason(
        "it holds a file that has no place on a keypad",
        N_("It holds a file that has no place on a keypad."),
    ),
    "no_room": Reason(
        "the keypad has no room for it, in its memory or its file system",
        N_("The keypad has no room for it, in its memory or its file system."),
    ),
    "no_more_said": Reason(
        "the keypad refuses it and says no more", N_("The keypad refuses it and says no more.")
    ),
    "settings_back": Reason(
        "with them no receiver answered for two minutes; the settings before are back",
        N_("With them no receiver answered for two minutes; the settings before are back."),
    ),
    "image_back": Reason(
        "it did not start, or no receiver answered with it; the image before runs again",
        N_("It did not start, or no receiver answered with it; the firmware before runs again."),
    ),
    "setting": Reason(
        "the keypad refuses the setting {setting}: {}",
        N_("The keypad refuses the setting %(setting)s; see docs/keypad.md for what it may be."),
    ),
    "settings_together": Reason(
        "the keypad refuses them: two do not go together, or one that it needs is missing",
        N_("The keypad refuses them: two do not go together, or one that it needs is missing."),
    ),
    "settings_broken": Reason(
        "the keypad could not read them: no JSON object, or too long",
        N_("The keypad could not read them: no JSON object, or too long."),
    ),
    "settings_unknown": Reason(
        "the keypad refuses them for a reason that this receiver does not know ({number})",
        N_("The keypad refuses them for a reason that is not known here (%(number)s)."),
    ),
    "revoked": Reason(
        "device {} was revoked; provision the keypad anew",
        N_("This keypad was revoked; provision it anew."),
        "device",
    ),
    # the sign-in provider
    "other_browser": Reason(
        "this answer belongs to another browser; sign in again",
        N_("The answer belongs to another browser; sign in again."),
    ),
    "old_answer": Reason(
        "this answer was used already or is too old; sign in again",
        N_("The answer was used already or is too old; sign in again."),
    ),
    "no_role": Reason(
        "the provider gives you no role here (claim {})",
        N_("The provider gives you no role here; ask an administrator."),
    ),
    "shut_out": Reason(
        "the account {name} is shut out, or is another person's here",
        N_("The account %(name)s is shut out, or is another person's here."),
    ),
    "bad_answer": Reason(
        "the provider's {}", N_("The provider's answer does not hold; tell an administrator.")
    ),
    "bad_issuer": Reason(
        "{} speaks for {}, not for itself",
        N_("The provider's answer does not hold; tell an administrator."),
    ),
    "bad_document": Reason(
        "{} names no {}", N_("The provider's answer does not hold; tell an administrator.")
    ),
    "provider_away": Reason("the provider {}", N_("The provider cannot be asked just now.")),
}
