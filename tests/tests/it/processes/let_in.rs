//! Command lines that an operator lets in at the console, by code or by way of the outside provider: the real program waits,
//! somebody with a browser decides, and what comes of it is kept, used and given back.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;

use rackward_tests::provider::{CLIENT_ID, CLIENT_SECRET, Provider, Word};
use rustix::process::Signal;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::program::{Program, Said, command};
use super::site::{Daemon, Plan, Site, write_private};
use super::terminal::Terminal;
use super::visitor::{Visitor, failures, of_kind};

/// A site with one operator, `filed`, who has signed in at the console, and somebody's home elsewhere.
struct Scene {
    daemon: Option<Daemon>,
    visitor: Visitor,
    server: String,
    home: TempDir,
    /// Last, so that its directory lasts for as long as the daemon.
    _site: Site,
}

impl Scene {
    fn open(more: &str) -> Self {
        let site = Site::lay_out(&Plan { more: more.to_owned().leak(), ..Plan::default() });
        write_private(&site.path("keys/oidc"), CLIENT_SECRET);
        Self::at(site)
    }

    fn at(site: Site) -> Self {
        let daemon = site.daemon();
        site.cli(&["operator", "create", "filed", "--role", "security", "-o", "json"]).json();
        let link = site.cli(&["console", "login", "--operator", "filed", "-o", "json"]).json();
        let token = link["login"].as_str().unwrap().split_once("token=").unwrap().1.to_owned();
        let mut visitor = Visitor::of(&daemon);
        visitor.post_form("/login", &[("token", &token)]);
        let server = daemon.api.document("/api/v1/status")["http"].as_str().unwrap().to_owned();
        Self { daemon: Some(daemon), visitor, server, home: tempfile::tempdir().unwrap(), _site: site }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = command("rackward");
        command.args(args).env("HOME", self.home.path()).env_remove("XDG_CONFIG_HOME").env_remove("XDG_STATE_HOME");
        command.current_dir(self.home.path());
        command
    }

    fn says(&self, args: &[&str]) -> Said {
        Said::of(self.command(args).output().unwrap())
    }

    /// Begins to sign in, and gives the code that is shown.
    fn waits(&self, more: &[&str]) -> (Program, String) {
        let login = ["login", "--server", &self.server, "--context", "lon1"];
        let program = Program::start(self.command(&[&login[..], more].concat()));
        let shown = program.wait_for_error_line("?code=");
        let code = shown.split("code=").nth(1).unwrap().trim().to_owned();
        assert_eq!(code.len(), 9, "{shown}");
        (program, code)
    }

    fn decides(&mut self, code: &str, act: &[(&str, &str)]) -> String {
        let fields = [&[("code", code)], act].concat();
        let seen = self.visitor.post_form("/account/device", &fields);
        assert_eq!(seen.status, 200, "{}", seen.text);
        seen.text
    }

    fn kept(&self) -> PathBuf {
        self.home.path().join(".config/rackward/logins/lon1")
    }

    fn stop(&mut self) {
        self.daemon.take().unwrap().program.interrupt();
    }
}

/// The problem that a line came to.
fn problem(out: &str) -> Value {
    serde_json::from_str(out).unwrap_or_else(|_| panic!("{out}"))
}

const LET_IN: &[(&str, &str)] = &[("act", "let_in"), ("hours", "4"), ("may_view_site", "on")];

#[test]
fn whoever_is_let_in_asks_until_they_sign_out() {
    let mut scene = Scene::open("");
    let (mut program, code) = scene.waits(&["--device", "-o", "ndjson", "--no-input"]);
    let machine = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let page = scene.visitor.get(&format!("/account/device?code={code}")).text;
    assert!(page.contains(&format!("rackward on {}", machine.trim())) && page.contains("127.0.0.1"), "{page}");
    assert!(scene.decides(&code, LET_IN).contains("is let in"));
    assert!(program.wait().success(), "{}", program.errors());
    let signed_in: Value = serde_json::from_str(&program.first_line()).unwrap();
    assert_eq!((&signed_in["who"]["name"], &signed_in["who"]["method"]), (&json!("filed"), &json!("device")));
    assert_eq!(fs::metadata(scene.kept()).unwrap().permissions().mode() & 0o777, 0o600);
    let secret = fs::read_to_string(scene.kept()).unwrap();
    assert!(!(program.output() + &program.errors()).contains(&secret), "the token is shown to nobody");

    let me = scene.says(&["whoami", "--rights"]);
    assert!(
        me.out.contains("by      a code that was typed at the console") && me.out.contains("may     view_site"),
        "{me:?}"
    );
    assert_eq!(scene.says(&["door", "list"]).code, Some(0));
    let refused = scene.says(&["person", "list"]);
    assert_eq!(refused.code, Some(5), "{refused:?}");
    assert!(refused.err.contains("sign in again with: rackward login --context lon1"), "{refused:?}");
    let shown = scene.says(&["context", "list", "-o", "json"]).json();
    assert_eq!(shown["items"][1]["signed_in_by"], json!("login"));

    let left = scene.says(&["logout"]);
    assert_eq!((left.code, scene.kept().exists()), (Some(0), false), "{left:?}");
    let daemon = scene.daemon.as_ref().unwrap();
    let signed = of_kind(&daemon.api, "token.signed-in");
    assert_eq!((signed.len(), &signed[0]["method"], &signed[0]["by"]), (1, &json!("device"), &json!("opr-1")));
    assert_eq!(of_kind(&daemon.api, "token.revoked")[0]["reason"], json!("its holder signed out"));
    assert_eq!(daemon.api.with_token(&secret).get("/api/v1/doors").status, 401, "the token is void");
    assert_eq!(scene.says(&["logout"]).code, Some(4), "nobody is signed in any more");
    scene.stop();
}

#[test]
fn each_way_of_not_being_let_in_ends_with_its_own_code() {
    let mut scene = Scene::open("");
    let (mut program, code) = scene.waits(&["--device", "-o", "ndjson"]);
    assert!(scene.decides(&code, &[("act", "refuse")]).contains("It is refused"));
    assert_eq!(program.wait().code(), Some(4), "{}", program.errors());
    let told = problem(&program.first_line());
    assert_eq!((&told["code"], &told["error"]), (&json!("RW-A015"), &json!("access_denied")));
    assert!(!scene.kept().exists());

    let server = scene.server.clone();
    let login = ["login", "--server", &server, "--context", "lon1"];
    let late = scene.says(&[&login[..], &["--device", "--timeout", "1s", "-o", "json"]].concat());
    assert_eq!(late.code, Some(3), "{late:?}");
    assert!(problem(&late.out)["type"].as_str().unwrap().ends_with("not-in-time"), "{late:?}");

    let (mut program, _) = scene.waits(&["--device"]);
    program.signal(Signal::INT);
    assert_eq!(program.wait().code(), Some(130));

    let none = scene.says(&[&login[..], &["--sso", "-o", "json"]].concat());
    assert_eq!((none.code, &problem(&none.out)["code"]), (Some(4), &json!("RW-A018")), "{none:?}");
    assert!(none.err.contains("[oidc]"), "{none:?}");

    // At a terminal the time that is left is told, and the line is taken away.
    let mut terminal = Terminal::start({
        let mut command = scene.command(&[&login[..], &["--device", "--timeout", "2s"]].concat());
        command.env("TERM", "xterm");
        command
    });
    terminal.wait_for("Waiting, 0:0");
    assert_eq!(terminal.end().code, Some(3));

    scene.stop();
    let away = scene.says(&[&login[..], &["--device", "-o", "json"]].concat());
    assert_eq!(away.code, Some(11), "{away:?}");
}

#[test]
fn whoever_signs_out_while_the_daemon_is_away_is_told_so() {
    let mut scene = Scene::open("");
    let (mut program, code) = scene.waits(&["--device"]);
    scene.decides(&code, LET_IN);
    assert!(program.wait().success(), "{}", program.errors());
    scene.stop();
    let left = scene.says(&["logout", "-o", "json"]);
    assert_eq!((left.code, scene.kept().exists()), (Some(11), false), "{left:?}");
    assert!(problem(&left.out)["help"].as_str().unwrap().contains("rackward token revoke"), "{left:?}");
}

#[test]
fn the_provider_leads_straight_to_the_confirmation() {
    let provider = Provider::start();
    let more = format!(
        "[oidc]\nissuer = \"{}\"\nclient_id = \"{CLIENT_ID}\"\nclient_secret_file = \"keys/oidc\"\n\
         ca_file = \"keys/provider.pem\"\noperator = [{{ subject = \"s-file\", name = \"filed\" }}]\n",
        provider.issuer()
    );
    let site = Site::lay_out(&Plan { more: more.leak(), ..Plan::default() });
    write_private(&site.path("keys/oidc"), CLIENT_SECRET);
    fs::write(site.path("keys/provider.pem"), provider.authority()).unwrap();
    let mut scene = Scene::at(site);
    let login = ["login", "--sso", "--server", &scene.server, "--context", "lon1"];
    let mut program = Program::start(scene.command(&login));
    let line = program.wait_for_error_line("/login/provider?back=");
    let code = line.rsplit("%3D").next().unwrap().trim().to_owned();
    // Somebody whom the console does not know yet opens the address.
    let daemon = scene.daemon.as_ref().unwrap();
    scene.visitor = Visitor::of(daemon);
    provider.says(Word::of("s-file"));
    let seen = scene.visitor.visit(&provider, &format!("/login/provider?back=/account/device%3Fcode%3D{code}"));
    assert_eq!(seen.status, 200, "{}", seen.text);
    let led = scene.visitor.get("/");
    assert_eq!(led.location, format!("/account/device?code={code}"));
    assert!(scene.visitor.get(&led.location).text.contains("Let it in"));
    assert!(scene.decides(&code, LET_IN).contains("is let in"));
    assert!(program.wait().success(), "{}", program.errors());
    assert!(failures(&scene.daemon.as_ref().unwrap().api).is_empty());
    scene.stop();
}
