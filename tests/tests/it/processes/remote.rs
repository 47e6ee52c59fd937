//! The command line from another machine: signing in at the console over HTTPS, asking and changing there what the local
//! socket would, following the stream, proving oneself again, and everything that is refused on the way. The other machine
//! is a home directory of its own.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;

use rackward_tests::provider::encoded;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::program::{Program, Said, command};
use super::provider::code;
use super::site::{Daemon, Plan, Site, free_port, write_private};
use super::terminal::Terminal;
use super::visitor::of_kind;

const PASSWORD: &str = "correct horse battery";

/// A site whose console is served over HTTPS, and somebody's home elsewhere.
struct Far {
    site: Site,
    daemon: Option<Daemon>,
    port: u16,
    home: TempDir,
}

impl Far {
    fn open() -> Self {
        Self::at(free_port())
    }

    fn at(port: u16) -> Self {
        Self::of(port, "")
    }

    /// The same with more tables in the site file.
    fn of(port: u16, more: &'static str) -> Self {
        let console = format!("listen = \"127.0.0.1:{port}\"\nnames = [\"localhost\"]\n");
        let site = Site::lay_out(&Plan { console: console.leak(), more, ..Plan::default() });
        let daemon = Some(site.daemon());
        Self { site, daemon, port, home: tempfile::tempdir().unwrap() }
    }

    fn server(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    /// The SHA-256 of the authority's certificate, as somebody at the daemon's machine reads it.
    fn fingerprint(&self) -> String {
        let pem = fs::read(self.site.path("state/authority.pem")).unwrap();
        let der = CertificateDer::from_pem_slice(&pem).unwrap();
        let digest = ring::digest::digest(&ring::digest::SHA256, &der);
        digest.as_ref().iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
    }

    /// A command line on the other machine.
    fn command(&self, args: &[&str]) -> Command {
        let mut command = command("rackward");
        command.args(args).env("HOME", self.home.path()).env_remove("XDG_CONFIG_HOME").env_remove("XDG_STATE_HOME");
        command.current_dir(self.home.path());
        command
    }

    fn says(&self, args: &[&str]) -> Said {
        Said::of(self.command(args).output().unwrap())
    }

    #[track_caller]
    fn json(&self, args: &[&str]) -> Value {
        self.says(&[args, &["-o", "json"]].concat()).json()
    }

    /// Checks that a line is refused with this code and these words.
    #[track_caller]
    fn refuses(&self, args: &[&str], code: i32, words: &[&str]) {
        let said = self.says(args);
        assert_eq!(said.code, Some(code), "{args:?}: {said:?}");
        assert!(words.iter().all(|word| said.err.contains(word)), "{args:?}: {said:?}");
    }

    /// Makes the first admin, `m.rossi`; gives the secret of their authenticator app and a recovery code.
    #[track_caller]
    fn first_admin(&self) -> (String, String) {
        let link = self.site.cli(&["console", "login", "-o", "json"]).json()["login"].as_str().unwrap().to_owned();
        let page = self.form("/login", &[("token", link.split_once("token=").unwrap().1)]);
        let between = |page: &str, before: &str, after: &str| {
            let rest = page.split_once(before).unwrap_or_else(|| panic!("no {before} in {page}")).1;
            rest.split_once(after).unwrap().0.to_owned()
        };
        let ticket = between(&page, "name=\"ticket\" value=\"", "\"");
        let secret = between(&page, "<code>", "</code>");
        let set_up = code(&secret, 0);
        let fields = [
            ("ticket", ticket.as_str()),
            ("name", "m.rossi"),
            ("password", PASSWORD),
            ("again", PASSWORD),
            ("code", &set_up),
        ];
        let done = self.form("/setup", &fields);
        (secret, between(&done, "<li><code>", "</code>"))
    }

    #[track_caller]
    fn form(&self, path: &str, fields: &[(&str, &str)]) -> String {
        let pairs: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        let headers = "content-type: application/x-www-form-urlencoded\r\n";
        let answer = self.daemon().api.send("POST", path, headers, &pairs.join("&"));
        let status = answer.status;
        let text = answer.text();
        assert_eq!(status, 200, "{path}: {text}");
        text
    }

    /// Has the operator sign in by a link: whoever does has no failure to wait after.
    #[track_caller]
    fn forgive(&self) {
        let link = self.site.cli(&["console", "login", "--operator", "m.rossi", "-o", "json"]).json();
        let body = format!("token={}", link["login"].as_str().unwrap().split_once("token=").unwrap().1);
        let headers = "content-type: application/x-www-form-urlencoded\r\n";
        assert_eq!(self.daemon().api.send("POST", "/login", headers, &body).status, 303);
    }

    fn daemon(&self) -> &Daemon {
        self.daemon.as_ref().unwrap()
    }

    /// Stops the daemon.
    #[track_caller]
    fn stop(&mut self) {
        self.daemon.take().unwrap().program.interrupt();
    }

    /// Starts it again.
    #[track_caller]
    fn start(&mut self) {
        self.daemon = Some(self.site.daemon());
    }

    /// Signs in at a terminal where the authority is known already.
    #[track_caller]
    fn sign_in(&self, code: &str) -> Said {
        let mut terminal = Terminal::start(self.command(&["login", "--name", "m.rossi"]));
        terminal.answer("Password: ", PASSWORD);
        terminal.answer("recovery code: ", code);
        terminal.end()
    }

    /// Signs in with a token that may do this, without a word.
    #[track_caller]
    fn take_token(&self, permissions: &[&str]) -> String {
        let mut args = vec!["token", "create", "--owner", "m.rossi", "--for", "1d", "--reason", "Test", "-o", "json"];
        args.extend(permissions.iter().flat_map(|permission| ["--permission", permission]));
        let made = self.site.cli(&args).json();
        write_private(&self.token_file(), made["token"].as_str().unwrap());
        made["id"].as_str().unwrap().to_owned()
    }

    fn token_file(&self) -> PathBuf {
        self.home.path().join("token")
    }
}

#[test]
fn an_operator_signs_in_asks_changes_and_signs_out_from_elsewhere() {
    let mut far = Far::open();
    let (secret, _) = far.first_admin();
    let server = far.server();
    far.refuses(&["--server", &server, "door", "list"], 11, &["another authority", "rackward login"]);

    // The authority is shown and confirmed before a password is asked for.
    let login = ["login", "--password", "--server", &server, "--context", "lon1"];
    let mut terminal = Terminal::start(far.command(&login));
    terminal.wait_for(&far.fingerprint());
    terminal.answer("Type yes: ", "no");
    let said = terminal.end();
    assert_eq!(said.code, Some(3), "{said:?}");
    assert!(!said.err.contains("Password"), "{said:?}");

    let mut terminal = Terminal::start(far.command(&login));
    terminal.answer("Type yes: ", "yes");
    terminal.answer("Operator: ", "m.rossi");
    terminal.wait_for("Password: ");
    assert!(!terminal.echoes());
    terminal.answer("", PASSWORD);
    let now = code(&secret, 1);
    terminal.answer("recovery code: ", &now);
    let said = terminal.end();
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(!said.err.contains(PASSWORD) && !said.err.contains(&now), "what is typed is not shown: {said:?}");

    // It is the usual one from now on, and verbs do what they do over the socket.
    let me = far.json(&["whoami"]);
    assert_eq!((&me["name"], &me["role"], &me["daemon"]), (&json!("m.rossi"), &json!("admin"), &json!(server)));
    assert!(far.says(&["whoami", "--rights"]).out.contains("may     open_doors"));
    let shown = far.json(&["context", "show"]);
    assert_eq!((&shown["name"], &shown["fingerprint"]), (&json!("lon1"), &json!(far.fingerprint())));
    assert_eq!(far.json(&["door", "list"])["items"], far.site.cli(&["door", "list", "-o", "json"]).json()["items"]);
    assert_eq!(far.json(&["person", "create", "Ann"])["id"], json!("p-1"));
    assert_eq!(far.site.cli(&["person", "list", "-o", "json"]).json()["items"][0]["name"], json!("Ann"));
    far.refuses(&["console", "login"], 5, &["on the machine"]);
    let listed = far.site.cli(&["session", "list", "-o", "json"]).json();
    let is_ours = |session: &Value| session["agent"] == "rackward command line" && session["network"] == "127.0.0.0/24";
    assert_eq!(listed["items"].as_array().unwrap().iter().filter(|session| is_ours(session)).count(), 1, "{listed}");

    // The stream goes on over a restart of the daemon, and so does the session.
    let watch = Program::start(far.command(&["event", "watch", "--json", "--after", "0"]));
    watch.wait_for_line("person.created");
    far.stop();
    watch.wait_for_error_line("the stream stopped");
    far.start();
    far.site.cli(&["person", "create", "Bob", "-o", "json"]).json();
    watch.wait_for_line("\"subject\":\"p-2\"");
    let seen: Vec<u64> = watch.output().lines().skip(1).map(sequence).collect();
    assert!(seen.windows(2).all(|pair| pair[1] == pair[0] + 1), "no gap and nothing twice: {seen:?}");

    let session = far.home.path().join(".config/rackward/sessions/lon1");
    assert!(session.exists());
    let mut stream = far.daemon().stream();
    let out = far.json(&["logout"]);
    assert_eq!(out["ended"], json!("session"));
    assert!(!session.exists());
    stream.wait_for("the end of the session", |event| {
        event.name == "operator.session-ended" && event.says("cause") == "signed_out"
    });
    far.refuses(&["door", "list"], 4, &["Sign in first", "help: sign in with: rackward login --context lon1"]);
    far.refuses(&["logout"], 4, &["neither a session nor a token"]);
    far.stop();
}

/// The number of an entry as the stream has it.
fn sequence(line: &str) -> u64 {
    let event: Value = serde_json::from_str(line).unwrap();
    event["id"].as_str().unwrap().parse().unwrap()
}

#[test]
fn a_fresh_proof_is_asked_for_at_a_terminal_and_nowhere_else() {
    let mut far = Far::open();
    let (secret, _) = far.first_admin();
    let (server, fingerprint) = (far.server(), far.fingerprint());
    let mut terminal = Terminal::start(far.command(&[
        "login",
        "--server",
        &server,
        "--fingerprint",
        &fingerprint,
        "--name",
        "m.rossi",
    ]));
    terminal.answer("Password: ", PASSWORD);
    terminal.answer("recovery code: ", &code(&secret, 1));
    assert_eq!(terminal.end().code, Some(0));
    // A restart keeps the session, and forgets how lately its holder was there.
    far.stop();
    far.start();
    let grant = ["grant", "create", "--person", "p-1", "--door", "lon1/main", "--for", "4h", "--reason", "Test"];
    far.site.cli(&["person", "create", "Ann", "-o", "json"]).json();
    far.refuses(&grant, 5, &["Prove yourself again", "help: run it at a terminal"]);
    far.refuses(&[&["--no-input"], grant.as_slice()].concat(), 5, &["Prove yourself again"]);

    // Whoever presses Ctrl-C has given no proof, and has their echo back.
    let mut terminal = Terminal::start(far.command(&grant));
    terminal.wait_for("Code of your app");
    assert!(!terminal.echoes());
    terminal.interrupt();
    assert_eq!((terminal.end().code, terminal.echoes()), (Some(130), true));

    // A wrong one is not asked for twice.
    let mut terminal = Terminal::start(far.command(&grant));
    terminal.answer("Code of your app", "000000");
    let said = terminal.end();
    assert_eq!(said.code, Some(4), "{said:?}");
    assert_eq!(far.json(&["grant", "list"])["items"], json!([]));

    far.forgive();
    let mut terminal = Terminal::start(far.command(&[grant.as_slice(), &["-o", "json"]].concat()));
    terminal.answer("Code of your app", "");
    terminal.answer("Password: ", PASSWORD);
    let said = terminal.end();
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(!said.err.contains(PASSWORD), "{said:?}");
    let granted = far.json(&["grant", "list"]);
    assert_eq!(granted["items"].as_array().unwrap().len(), 1, "it went on, once: {granted}");
    // The session has another cookie by that, and goes on.
    let again = ["grant", "create", "--person", "p-1", "--door", "lon1/side", "--for", "4h", "--reason", "Test"];
    assert_eq!(far.says(&again).code, Some(0));
    let revoke = ["grant", "revoke", "g-1", "--reason", "Test", "--wait", "--timeout", "5s"];
    assert_eq!(far.says(&revoke).code, Some(0));
    far.stop();
}

#[test]
fn a_program_shows_a_token_from_a_file_of_its_own() {
    let mut far = Far::open();
    far.first_admin();
    let (server, fingerprint) = (far.server(), far.fingerprint());
    let token = far.take_token(&["view_site"]);
    let file = far.token_file();
    let file = file.to_str().unwrap();
    let login = ["login", "--server", &server, "--token-file", file, "--no-input"];

    // Nobody has said yet whose certificate counts; the wrong one counts for nothing.
    far.refuses(&login, 11, &[&fingerprint, "--fingerprint"]);
    let wrong = fingerprint.replace('A', "B").replace('0', "1");
    far.refuses(&[login.as_slice(), &["--fingerprint", &wrong]].concat(), 11, &[&fingerprint, "somebody else"]);
    assert_eq!(far.json(&["context", "list"])["items"].as_array().unwrap().len(), 1, "nothing was remembered");

    let right = [login.as_slice(), &["--fingerprint", &fingerprint]].concat();
    fs::set_permissions(file, fs::Permissions::from_mode(0o644)).unwrap();
    far.refuses(&right, 4, &["open to every user", "chmod 600"]);
    fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
    let signed_in = far.json(&right);
    assert_eq!((&signed_in["context"], &signed_in["who"]["token"]["id"]), (&json!("localhost"), &json!(token)));
    assert_eq!(far.json(&["door", "list"])["items"].as_array().unwrap().len(), 4);
    far.refuses(&["person", "list"], 5, &["token"]);

    // A file is looked at each time it is used; the environment may name one for the context that is asked.
    let kept = far.home.path().join(".config/rackward/tokens/localhost");
    fs::set_permissions(&kept, fs::Permissions::from_mode(0o604)).unwrap();
    far.refuses(&["door", "list"], 4, &["open to every user", "chmod 600"]);
    let by_environment = far.command(&["door", "list"]).env("RACKWARD_TOKEN_FILE", file).output().unwrap();
    assert_eq!(by_environment.status.code(), Some(0), "{by_environment:?}");
    fs::set_permissions(&kept, fs::Permissions::from_mode(0o600)).unwrap();

    far.site.cli(&["token", "revoke", &token, "--reason", "Test", "-o", "json"]).json();
    far.refuses(&["door", "list"], 4, &["Sign in first", "token"]);
    assert_eq!(far.json(&["logout"])["ended"], json!("token"));
    assert!(!kept.exists());
    far.stop();
}

#[test]
fn whoever_is_not_the_daemon_is_told_nothing() {
    let mut far = Far::open();
    far.first_admin();
    let (server, fingerprint) = (far.server(), far.fingerprint());
    far.take_token(&["view_site"]);
    let file = far.token_file();
    let login = [
        "login",
        "--server",
        &server,
        "--token-file",
        file.to_str().unwrap(),
        "--no-input",
        "--fingerprint",
        &fingerprint,
    ];
    assert_eq!(far.says(&login).code, Some(0));
    far.stop();
    far.refuses(&["door", "list"], 11, &["does not answer", &server, "context show"]);

    // Another daemon with another authority, in its place.
    let mut other = Far::at(far.port);
    far.refuses(&["door", "list"], 11, &["another authority", &server]);
    far.refuses(&login, 11, &[&other.fingerprint()]);
    assert!(of_kind(&other.daemon().api, "operator.signed-in").is_empty());
    let by_number = format!("https://127.0.0.2:{}", far.port);
    far.refuses(&["--server", &by_number, "door", "list"], 11, &["127.0.0.2"]);
    other.stop();
}

#[test]
fn a_session_that_is_over_says_how_to_sign_in_again() {
    let mut far = Far::open();
    let (secret, recovery) = far.first_admin();
    let (server, fingerprint) = (far.server(), far.fingerprint());
    let ca_file = far.site.path("state/authority.pem");
    far.refuses(&["login", "--server", &server, "--fingerprint", &fingerprint], 4, &["terminal", "--token-file"]);
    far.refuses(&["login"], 2, &["--server"]);
    let mut terminal = Terminal::start(far.command(&[
        "login",
        "--server",
        &server,
        "--ca-file",
        ca_file.to_str().unwrap(),
        "--name",
        "nobody",
    ]));
    terminal.answer("Password: ", "wrong");
    terminal.answer("recovery code: ", "000000");
    let said = terminal.end();
    assert_eq!(said.code, Some(4), "{said:?}");
    far.refuses(&["door", "list"], 11, &["does not answer"]);

    let mut terminal = Terminal::start(far.command(&[
        "login",
        "--server",
        &server,
        "--ca-file",
        ca_file.to_str().unwrap(),
        "--name",
        "m.rossi",
    ]));
    terminal.answer("Password: ", PASSWORD);
    terminal.answer("recovery code: ", &code(&secret, 1));
    assert_eq!(terminal.end().code, Some(0));
    let sessions = far.site.cli(&["session", "list", "-o", "json"]).json();
    let mine = sessions["items"].as_array().unwrap().iter().find(|item| item["agent"] == "rackward command line");
    let id = mine.unwrap()["id"].as_str().unwrap().to_owned();
    far.site.cli(&["session", "revoke", &id, "--reason", "Test", "-o", "json"]).json();
    far.refuses(&["door", "list"], 4, &["Sign in first", "help: sign in with: rackward login --context localhost"]);

    // The authority is known now, so that nothing is asked but who it is.
    assert_eq!(far.sign_in(&recovery).code, Some(0));
    assert_eq!(far.says(&["door", "list"]).code, Some(0));
    far.stop();
}

#[test]
fn files_that_widen_by_more_than_the_limit_wait_for_a_second_operator() {
    let mut far = Far::of(free_port(), "[admin]\nwiden_limit = 1\n");
    let (secret, _) = far.first_admin();
    let (server, fingerprint) = (far.server(), far.fingerprint());
    let login = ["login", "--server", &server, "--fingerprint", &fingerprint, "--name", "m.rossi"];
    let mut terminal = Terminal::start(far.command(&login));
    terminal.answer("Password: ", PASSWORD);
    terminal.answer("recovery code: ", &code(&secret, 1));
    assert_eq!(terminal.end().code, Some(0));
    for name in ["Ann", "Ben", "Cem"] {
        far.site.cli(&["person", "create", name, "-o", "json"]).json();
    }
    let granted =
        far.json(&["grant", "create", "--person", "p-3", "--door", "side", "--for", "4h", "--reason", "Test"]);
    let apply = |people: &[&str]| {
        let member =
            |person: &&str| format!("{{ person = \"{person}\", to_at = {}, reason = \"crew\" }}", granted["to_at"]);
        let members: Vec<String> = people.iter().map(member).collect();
        let head = "[[objects]]\napi_version = \"rackward/v1\"\nmetadata = { name = \"crew\" }\n";
        let text = format!(
            "{head}kind = \"AccessProfile\"\nspec = {{ points = [\"main\"] }}\n{head}kind = \"Membership\"\nspec = {{ profile = \"crew\", members = [{}] }}\n",
            members.join(", ")
        );
        fs::write(far.home.path().join("crew.toml"), text).unwrap();
        far.says(&["apply", "-f", "crew.toml"])
    };
    assert_eq!(apply(&["p-1"]).code, Some(0), "one person at one door is within the limit");
    let grants = far.json(&["grant", "list"])["items"].clone();
    let waits = apply(&["p-1", "p-2", "p-3"]);
    assert_eq!(waits.code, Some(8), "{waits:?}");
    assert!(waits.out.contains("prp-1") || waits.err.contains("prp-1"), "{waits:?}");
    assert_eq!(far.json(&["grant", "list"])["items"], grants, "nothing was done");
    assert_eq!(far.json(&["proposal", "list"])["items"].as_array().unwrap().len(), 1);
    far.refuses(&["proposal", "confirm", "prp-1"], 6, &["second operator"]);
    // Whoever is at the machine may be anybody, and proposes nothing.
    let (here, home) = (&far.site, far.home.path().join("crew.toml"));
    let anybody = here.cli(&["apply", "-f", home.to_str().unwrap()]);
    assert_ne!(anybody.code, Some(0), "{anybody:?}");
    assert_eq!(far.json(&["grant", "list"])["items"], grants, "nothing was done");
    far.stop();
}
