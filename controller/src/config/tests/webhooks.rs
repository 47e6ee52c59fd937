//! What is said about webhooks that would be unsafe, or that could never deliver anything.

use super::*;

/// A PEM file whose content is no certificate: "garbage".
const NO_CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\nZ2FyYmFnZQ==\n-----END CERTIFICATE-----\n";

/// What is said about a webhook with these lines; nothing when it is good.
fn said_of(lines: &str) -> String {
    let dir = site_dir();
    let secret = crate::webhooks::draw(crate::webhooks::SecretKind::Shared).unwrap();
    create_private(&dir.path().join("keys/desk"), secret.as_bytes()).unwrap();
    fs::write(dir.path().join("garbage.pem"), NO_CERTIFICATE).unwrap();
    let usual = "secret_file = \"keys/desk\"\nevents = [\"alarm.*\"]";
    let text = format!("{GOOD}\n[[webhook]]\nname = \"desk\"\n{usual}\n{lines}\n");
    let path = dir.path().join("rackward.toml");
    fs::write(&path, text).unwrap();
    let said = Config::read(&path).err().map(|error| error.to_string()).unwrap_or_default();
    said.replace(dir.path().to_str().unwrap(), "DIR")
}

#[test]
fn what_could_never_deliver_anything_is_found_at_the_start() {
    let check = |lines: &str, expect: &str| {
        let said = said_of(lines);
        assert!(if expect.is_empty() { said.is_empty() } else { said.contains(expect) }, "{lines}: {said}");
    };
    check("url = \"https://desk.example/hook\"", "");
    check("url = \"http://desk.example/hook\"", "messages would go out unencrypted");
    check("url = \"https://desk.example/\"\nca_file = \"none.pem\"", "DIR/none.pem cannot be used: No such file");
    check("url = \"https://desk.example/\"\nca_file = \"garbage.pem\"", "a certificate of its ca_file cannot be used");
    check("url = \"https://desk.example/\"\narea = \"Hall A\"", "\"Hall A\" is no path of a place");
}
