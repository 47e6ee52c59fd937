"""What Schemathesis asks, made more real: ids that exist, names that stand for something, times that are to come. What is drawn
to be refused stays as it was drawn. Counts which operations did what they were asked, and writes that down at the end.

Environment: API_TEST_LISTS is an address at which lists may be read, API_TEST_REACHED the file for the count."""

import atexit, datetime, itertools, json, os, re, urllib.error, urllib.request
import schemathesis
from schemathesis.core.parameters import ParameterLocation

LISTS = os.environ["API_TEST_LISTS"]
REACHED = os.environ["API_TEST_REACHED"]
# So often what exists is looked at anew, in requests.
LOOK_EVERY = 400

numbers = itertools.count(1)
EARLY = ", ".join(f'"{revision}"' for revision in range(16))
KEY = re.compile(r'^"(?:[ !#-\[\]-~]|\\["\\]){1,128}"$')
# A condition that cannot be read is passed over (RFC 9110, clause 13.1.2), so that drawing one proves nothing.
CONDITION = re.compile(r'^(\*|(W/)?"[^"]*"(, *(W/)?"[^"]*")*)?$')

# By what comes before an id in a path: the list that has such ids, and the member that is one.
IN_PATHS = {
    "people": ("people", "id"), "grants": ("grants", "id"), "agreements": ("agreements", "id"),
    "alarms": ("alarms", "id"), "areas": ("areas", "id"), "doors": ("doors", "id"), "devices": ("devices", "name"),
    "buses": ("buses", "name"), "schedules": ("schedules", "name"), "calendars": ("calendars", "name"),
    "profiles": ("profiles", "name"), "operators": ("operators", "id"), "tokens": ("tokens", "id"),
    "credentials": ("credentials", "id"), "sessions": ("sessions", "id"), "events": ("events", "id"),
}
# By the name of a member of a body: the same.
IN_BODIES = {
    "person": ("people", "id"), "door": ("doors", "path"), "area": ("areas", "path"), "schedule": ("schedules", "name"),
    "profile": ("profiles", "name"), "organisation": ("organisations", "name"), "owner": ("organisations", "name"),
    "guest": ("organisations", "name"), "calendar": ("calendars", "name"), "grant": ("grants", "id"),
    "rack": ("racks", "path"),
}
# Members that are one of a few words, or of a form that no draw comes upon.
WORDS = {
    "order": ["block", "lock"], "level": ["guarded", "high", "normal"], "clearance": ["high", "normal"],
    "verdict": ["benign", "false_positive", "test"], "status": ["active", "suspended"], "state": ["lost", "disabled", "enabled"],
    "role": ["security", "auditor", "facilities"], "task": ["roll-key"], "to": ["desk"], "between": ["08:00-18:00"],
    "days": ["Mon-Fri"], "time_zone": ["Europe/London"], "format": [None], "permissions": [["view_site"]],
    "windows": [["Mon 08:00-09:00"], ["Tue-Thu 20:00-22:00"]], "special": [None], "note": ["seen on the camera of the hall"],
    "ticket": ["CHG-48213"], "step": [1], "uses": [3], "for_s": [30], "speeds": [[9600]], "from_at": [None],
    "valid_from_at": [None], "facility": [None], "issue": [None], "number": [None], "image": [None], "first_key": [None],
    "address": [None], "baud": [None], "doors": [None], "reason": ["as agreed"], "one_shot": [False], "escort": [False],
}
# A body names one of these.
ONE_OF = [("rack", "door", "grant", "ticket"), ("person", "area"), ("rack", "doors", "profile")]

known, asked, reached, refused = {}, set(), {}, {}


def look(name):
    request = urllib.request.Request(f"{LISTS}/api/v1/{name}", headers={"accept": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer).get("items", [])
    except (urllib.error.URLError, ValueError):
        return []


def look_again():
    lists = {name for name, _ in [*IN_PATHS.values(), *IN_BODIES.values()]} - {"credentials", "racks"}
    for name in lists:
        known[name] = look(f"{name}?limit=50")
    known["credentials"] = [row for person in known["people"][:5] for row in look(f"people/{person['id']}/credentials")]
    faces = [door["path"].rsplit("/", 1)[0] for door in known["doors"] if door["path"].endswith(("/front", "/rear"))]
    known["racks"] = [{"path": path} for path in sorted(set(faces))]


def one_of(place, number):
    name, member = place
    rows = [row[member] for row in known.get(name, []) if row.get(member)]
    return rows[number % len(rows)] if rows else None


def instant(seconds):
    at = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def is_meant_well(case, location):
    return case.meta is None or not case.meta.is_negative_at(location)


def real_path(case, number):
    before = None
    for part in case.operation.path.split("/"):
        if part.startswith("{") and before in IN_PATHS:
            value = one_of(IN_PATHS[before], number)
            if value is not None:
                case.path_parameters[part[1:-1]] = str(value)
        before = part


def real_body(body, path, number):
    for name in list(body):
        if name in ("to_at", "until_at", "valid_to_at"):
            body[name] = instant(1_800)
        elif name == "not_after_at":
            body[name] = instant(120)
        elif name == "card":
            body[name] = f"26:1:{number % 65_535}"
        elif name == "pin":
            body[name] = str(100_000 + number * 7 % 899_999)
        elif name == "owner" and path.endswith("/tokens"):
            body[name] = one_of(("operators", "id"), number)
        elif name == "name" and path.endswith("/operators"):
            body[name] = f"operator-{number}"
        elif name in ("areas", "policies"):
            area = one_of(("areas", "path"), number)
            body[name] = [area] if name == "areas" else [{"area": area}]
        elif name == "days" and "/calendars" in path:
            body[name] = [f"2027-01-{1 + number % 28:02}"]
        elif name in WORDS:
            body[name] = WORDS[name][number % len(WORDS[name])]
        elif name in IN_BODIES:
            value = one_of(IN_BODIES[name], number)
            if value is not None:
                body[name] = value
    if path.endswith(("/grants", "/break-glass")):
        for name in ("rack", "profile", "schedule", "days", "between"):
            body.pop(name, None)
        body["doors"] = [one_of(("doors", "path"), number)]
        if path.endswith("/grants"):
            body["ticket"] = "CHG-48213"
    for names in ONE_OF:
        present = [name for name in names if body.get(name) is not None]
        for name in present[1:]:
            del body[name]
    for name in [name for name, value in body.items() if value is None]:
        del body[name]


@schemathesis.hook
def filter_case(ctx, case):
    drawn = [value for name, value in (case.headers or {}).items() if name.lower() == "if-none-match"]
    return all(isinstance(value, str) and CONDITION.match(value) for value in drawn)


# Headers that are drawn are drawn alike for many requests. What is to be new for each change is made new for most of them, and
# what is to be seen first is taken as seen, so that the routes themselves are reached.
@schemathesis.hook
def before_call(ctx, case, kwargs):
    number = next(numbers)
    if number % LOOK_EVERY == 1:
        look_again()
    asked.add(case.operation.label)
    if number % 5 == 0:
        return
    headers = case.headers or {}
    for name, value in list(headers.items()):
        if name.lower() == "idempotency-key" and isinstance(value, str) and KEY.match(value):
            headers[name] = f'"drawn-{os.getpid()}-{number}"'
        if name.lower() == "if-match" and isinstance(value, str) and value.startswith(('"', "W/", "*")):
            headers[name] = EARLY if "/alarms/" in case.path else "*"
        if name.lower() == "if-none-match" and case.method != "GET":
            del headers[name]
    if case.path_parameters and is_meant_well(case, ParameterLocation.PATH):
        real_path(case, number)
    if isinstance(case.body, dict) and is_meant_well(case, ParameterLocation.BODY):
        real_body(case.body, case.operation.path, number)


@schemathesis.hook
def after_call(ctx, case, response):
    label = case.operation.label
    if 200 <= response.status_code < 300:
        reached[label] = reached.get(label, 0) + 1
    else:
        refused[label] = response.status_code


@atexit.register
def tell():
    never = sorted(f"{label} ({refused.get(label)})" for label in asked - set(reached))
    with open(REACHED, "w") as file:
        json.dump({"asked": len(asked), "reached": len(reached), "never": never}, file)
