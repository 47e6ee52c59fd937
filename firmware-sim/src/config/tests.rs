//! A good world is taken, and every way to break it is named.

use super::*;

const GOOD: &str = include_str!("../../tests/world.toml");

fn problems(text: &str) -> Vec<String> {
    match WorldConfig::parse(text) {
        Ok(_) => Vec::new(),
        Err(ConfigError::Problems { problems }) => problems,
        Err(error @ ConfigError::Syntax { .. }) => vec![error.to_string()],
    }
}

#[test]
fn a_good_world_is_taken_and_comes_back_as_it_went() {
    let config = WorldConfig::parse(GOOD).unwrap();
    let again = WorldConfig::parse(&toml::to_string(&config).unwrap()).unwrap();
    assert_eq!(again.devices.len(), config.devices.len());
    assert_eq!(
        again.people.first().unwrap().card.as_ref().unwrap().read(),
        config.people[0].card.as_ref().unwrap().read()
    );
}

#[test]
fn every_way_to_break_it_is_named() {
    let rows = [
        ("facility = 12", "facility = 12, colour = 3", "unknown field `colour`"),
        ("facility = 12,", "", "person `p-1`: `card` must be bits = 26"),
        (
            "habits = [\"lon1/main-entrance/in\"",
            "habits = [\"lon1/nowhere/in\"",
            "habit `lon1/nowhere/in` is served by no",
        ),
        ("id = \"p-2\"", "id = \"p-1\"", "person `p-1` stands here twice"),
        ("path = \"bus0\"", "path = \"bus0\"\nport = \"/dev/ttyUSB0\"", "bus `perimeter`: give either"),
        ("bus = \"perimeter\"\naddress = 2", "bus = \"elsewhere\"\naddress = 2", "bus `elsewhere` does not exist"),
        ("address = 2\n", "address = 1\n", "address 1 on bus `perimeter` is taken"),
        ("address = 2\n", "address = 127\n", "needs an `address` from 0 to 126"),
        ("key = \"000102", "key = \"0001", "`key` must be 32 hex digits"),
        ("000102030405060708090a0b0c0d0e0f", "303132333435363738393a3b3c3d3e3f", "default key"),
        ("address = 2\n", "address = 2\ninstall = true\n", "leave one of the two out"),
        ("key = \"101112131415161718191a1b1c1d1e1f\"", "", "or `install = true`"),
        ("address = 2\n", "address = 2\nfactory_baud = 1200\n", "`factory_baud`: 1200 is no OSDP line speed"),
        ("[mqtt]\nhost", "colour = 1\n[mqtt]\nhost", "unknown field `colour`"),
        ("mqtt = {", "install = true\nmqtt = {", "belong to a device on a bus"),
        ("serves = \"lon1/main-entrance\"", "serves = \"lon1/hall/r1/c1/front\"", "must serve a door or gate"),
        ("serves = \"lon1/main-entrance/in\"", "serves = \"lon1/main/in\"", "must serve a point"),
        ("[mqtt]\nhost = \"127.0.0.1\"\nsite = \"lon1\"", "", "there is no [mqtt]"),
        ("site = \"lon1\"", "site = \"Lon 1\"", "[mqtt]: site `Lon 1`"),
        ("device = \"fence-module\"", "device = \"main-in\"", "device `main-in` is no input module"),
        ("travel_ms = 700", "travel_ms = 1700", "`travel_ms` is above 1000"),
    ];
    for (from, to, expect) in rows {
        assert!(GOOD.contains(from), "the row `{from}` does not apply");
        let found = problems(&GOOD.replacen(from, to, 1));
        assert!(found.iter().any(|problem| problem.contains(expect)), "`{from}` -> `{to}`: {found:?}");
    }
}

#[test]
fn an_error_names_the_line_and_shows_no_secret() {
    let found = problems(&GOOD.replacen("pin = \"4711\"", "pin = 4711", 1));
    let line = GOOD.lines().position(|line| line.starts_with("pin")).unwrap() + 1;
    assert_eq!(found, [format!("the world file is not understood at line {line}: this must be text in quotes")]);
    let found = problems(&GOOD.replacen("key = \"", "key = ", 1));
    assert!(!found[0].contains("000102"), "{found:?}");
}

#[test]
fn secrets_do_not_show_in_debug() {
    let shown = format!("{:?}", WorldConfig::parse(GOOD).unwrap());
    for secret in ["4711", "000102030405", "front-password"] {
        assert!(!shown.contains(secret), "{secret}");
    }
}
