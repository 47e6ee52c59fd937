//! Operators who sign in by an outside provider: the daemon, a provider of OpenID Connect, and browsers that go from one to
//! the other. Each thing that is refused is refused for its own reason, which the journal has.

use data_encoding::BASE32_NOPAD;
use rackward_tests::browser::Browser;
use rackward_tests::provider::{CLIENT_ID, CLIENT_SECRET, Conduct, Provider, Signed, Word, now_s, pairs};
use ring::hmac;
use serde_json::{Value, json};

use super::silent_log::{TALKATIVE, check_silent};
use super::site::{Daemon, Plan, Site, write_private};
use super::visitor::{Seen, Visitor, failures, of_kind};

/// How a browser begins.
const LEAVE: &str = "/login/provider";

/// How one begins that is signed in.
const LEAVE_AGAIN: &str = "/account/prove/provider";

/// How long ago somebody proved themselves who is known to the provider since the morning.
const MORNING_S: i64 = 4 * 3600;

struct Desk {
    provider: Provider,
    site: Site,
    daemon: Daemon,
}

impl Desk {
    /// A site with a provider, an operator of the site file's subject `s-file`, and one who has none.
    #[track_caller]
    fn open(more: &str) -> Self {
        Self::open_by(Provider::start(), more)
    }

    #[track_caller]
    fn open_by(provider: Provider, more: &str) -> Self {
        let text = format!(
            "[oidc]\nissuer = \"{}\"\nclient_id = \"{CLIENT_ID}\"\nclient_secret_file = \"keys/oidc\"\n\
             ca_file = \"keys/provider.pem\"\nbutton = \"Staff account\"\n\
             operator = [{{ subject = \"s-file\", name = \"filed\" }}]\n{more}",
            provider.issuer()
        );
        let site = Site::lay_out(&Plan { more: text.leak(), ..Plan::default() });
        write_private(&site.path("keys/oidc"), CLIENT_SECRET);
        std::fs::write(site.path("keys/provider.pem"), provider.authority()).unwrap();
        let mut command = site.daemon_command();
        command.env("RACKWARD_LOG", TALKATIVE);
        let daemon = site.daemon_by(command);
        let desk = Self { provider, site, daemon };
        desk.json(&["operator", "create", "filed", "--role", "security"]);
        desk.json(&["operator", "create", "other", "--role", "auditor"]);
        desk
    }

    #[track_caller]
    fn json(&self, args: &[&str]) -> Value {
        self.site.cli(&[args, &["-o", "json"]].concat()).json()
    }

    fn visitor(&self) -> Visitor {
        Visitor::of(&self.daemon)
    }

    /// Why sign-ins failed while `act` was done.
    #[track_caller]
    fn failures_of(&self, act: impl FnOnce()) -> Vec<String> {
        let before = failures(&self.daemon.api).len();
        act();
        failures(&self.daemon.api).split_off(before)
    }

    /// Somebody of whom the provider says this comes, and is let in or not.
    #[track_caller]
    fn comes(&self, word: Word) -> (Option<String>, Seen) {
        self.provider.says(word);
        let mut visitor = self.visitor();
        let seen = visitor.visit(&self.provider, LEAVE);
        (visitor.name(), seen)
    }

    /// Checks that somebody is refused for this reason and no other.
    #[track_caller]
    fn check_refused(&self, word: Word, cause: &str) {
        let said = format!("{word:?}");
        let failures = self.failures_of(|| {
            let (name, seen) = self.comes(word);
            assert_eq!((name, seen.status), (None, 403), "{said}: {}", seen.text);
            assert!(!seen.text.contains("The console opens"), "{said}");
        });
        assert_eq!(failures, [cause], "{said}");
    }
}

fn filed() -> Word {
    Word::of("s-file")
}

/// A code of an authenticator app with this secret (RFC 6238), so many steps of thirty seconds from now. The daemon takes
/// the one before, this one and the next, each later than the last: whoever sets up takes this one and whoever comes after
/// the next, so that a step that ends in between changes nothing.
pub(super) fn code(secret: &str, steps_ahead: i64) -> String {
    let key = BASE32_NOPAD.decode(secret.replace(' ', "").as_bytes()).unwrap();
    let step = now_s() / 30 + steps_ahead;
    let mac = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &key), &step.to_be_bytes());
    let bytes = mac.as_ref();
    let from = usize::from(bytes[bytes.len() - 1] & 0x0F);
    let number = u32::from_be_bytes(bytes[from..from + 4].try_into().unwrap()) & 0x7FFF_FFFF;
    format!("{:06}", number % 1_000_000)
}

#[test]
fn an_operator_is_who_the_provider_says() {
    let desk = Desk::open("");
    for signed in [Signed::Es256, Signed::Rs256] {
        let (name, seen) = desk.comes(filed().signed(signed));
        assert_eq!((name.as_deref(), seen.status), (Some("filed"), 200), "{signed:?}: {}", seen.text);
    }
    let asked = desk.provider.log().iter().filter(|path| path.starts_with("/.well-known")).count();
    assert_eq!(asked, 1, "what the provider says of itself is asked for once: {:?}", desk.provider.log());

    // An admin gives an account to an operator, and takes it away.
    desk.check_refused(Word::of("s-other"), "provider");
    let bound = desk.json(&["operator", "bind", "other", "--subject", "s-other", "--reason", "staff account"]);
    assert_eq!((&bound["provider_subject"], &bound["factors"]["provider"]), (&json!("s-other"), &json!(true)));
    assert_eq!(desk.comes(Word::of("s-other")).0.as_deref(), Some("other"));
    let taken = desk.site.cli(&["operator", "bind", "filed", "--subject", "s-other", "--reason", "mine as well"]);
    assert_eq!(taken.code, Some(6), "{taken:?}");
    assert!(taken.err.contains("already"), "{taken:?}");
    let wrong = desk.site.cli(&["operator", "bind", "filed", "--subject", "s other", "--reason", "x"]);
    assert!(wrong.err.contains("subject") && wrong.code != Some(0), "{wrong:?}");
    let events = of_kind(&desk.daemon.api, "operator.provider-bound");
    assert_eq!((events.len(), &events[0]["reason"]), (1, &json!("staff account")), "{events:?}");
    assert!(!events[0].to_string().contains("s-other"), "which account it is stands in no entry: {events:?}");
    desk.json(&["operator", "unbind", "other", "--reason", "has left the staff"]);
    desk.check_refused(Word::of("s-other"), "provider");

    // Who is disabled here is nobody, whatever the provider says.
    desk.json(&["operator", "disable", "filed", "--reason", "on leave"]);
    desk.check_refused(filed(), "disabled");
    desk.daemon.program.interrupt();
}

#[test]
fn what_does_not_count_is_refused_for_its_own_reason() {
    let desk = Desk::open("");
    let check = |word: Word, cause: &str| desk.check_refused(word, cause);
    check(filed().with("nonce", json!("another")), "provider_nonce");
    check(filed().with("nonce", Value::Null), "provider_nonce");
    check(filed().with("aud", json!("another")), "provider_audience");
    check(filed().with("aud", json!([CLIENT_ID, "another"])), "provider_audience");
    check(filed().with("azp", json!("another")), "provider_audience");
    check(filed().with("iss", json!("https://another.example")), "provider_issuer");
    check(filed().with("exp", json!(now_s() - 1)), "provider_expired");
    check(filed().signed(Signed::NotAtAll), "provider_signature");
    check(filed().signed(Signed::NotAtAllAsEs256), "provider_signature");
    check(filed().signed(Signed::Wrongly), "provider_signature");
    check(filed().signed(Signed::Hs256ByPublicKey), "provider_signature");
    check(filed().signed(Signed::Hs256BySecret), "provider_signature");
    check(filed().signed(Signed::ByAnotherKeyOfThisName), "provider_signature");
    check(filed().signed(Signed::ByAnotherKey), "provider_key");
    check(filed().with("sub", json!("s-unknown")), "provider");
    check(filed().with("sub", Value::Null), "provider_answer");
    check(filed().denied(), "provider_denied");
    // And all of that was not because nobody could.
    assert_eq!(desk.comes(filed()).0.as_deref(), Some("filed"));
    let log = desk.daemon.program.errors();
    assert!(!log.contains(CLIENT_SECRET) && !log.contains("s-file"), "nothing of it is logged");
    desk.daemon.program.interrupt();
}

#[test]
fn a_journey_is_one_browsers_and_ends_once() {
    let desk = Desk::open("");
    desk.provider.says(filed());
    // Somebody has another's browser come back with their own code.
    let causes = desk.failures_of(|| {
        let (mut thief, mut victim) = (desk.visitor(), desk.visitor());
        let back = thief.leave(&desk.provider, LEAVE);
        victim.leave(&desk.provider, LEAVE);
        assert_eq!(victim.come_back(&back).status, 403);
        assert_eq!(victim.who(), None);
        assert_eq!(thief.come_back(&back).status, 403, "the journey is over for its owner, too");
    });
    assert_eq!(causes, ["provider_journey", "provider_journey"]);
    // What a browser brought back works once.
    let causes = desk.failures_of(|| {
        let mut visitor = desk.visitor();
        let back = visitor.leave(&desk.provider, LEAVE);
        assert_eq!(visitor.come_back(&back).status, 200);
        let mut other = desk.visitor();
        assert_eq!(other.come_back(&back).status, 403);
        assert_eq!((other.who(), visitor.name().as_deref()), (None, Some("filed")));
    });
    assert_eq!(causes, ["provider_journey"]);
    // A code that was used, in another journey.
    let causes = desk.failures_of(|| {
        let mut visitor = desk.visitor();
        let used = visitor.leave(&desk.provider, LEAVE);
        assert_eq!(visitor.come_back(&used).status, 200);
        let mut other = desk.visitor();
        let back = other.leave(&desk.provider, LEAVE);
        let code = |address: &str| pairs(address.split_once('?').unwrap().1)["code"].clone();
        assert_eq!(other.come_back(&back.replace(&code(&back), &code(&used))).status, 403);
    });
    assert_eq!(causes, ["provider_code"]);
    // Another provider's answer (RFC 9207).
    let causes = desk.failures_of(|| {
        let mut visitor = desk.visitor();
        let back = visitor.leave(&desk.provider, LEAVE);
        let mixed = format!("{}&iss=https%3A%2F%2Fanother.example", back.split_once("&iss=").unwrap().0);
        assert_eq!(visitor.come_back(&mixed).status, 403);
    });
    assert_eq!(causes, ["provider_issuer"]);
    // Guesses are nobody's, and leave no trace.
    let causes = desk.failures_of(|| {
        let mut stranger = desk.visitor();
        for query in ["", "?code=x", "?code=x&state=y", "?error=access_denied", "?state="] {
            assert_eq!(stranger.get(&format!("/login/provider/back{query}")).status, 403, "{query}");
        }
        assert_eq!(stranger.post_form("/login/provider/code", &[("code", "123456")]).status, 403);
    });
    assert!(causes.is_empty(), "{causes:?}");
    desk.daemon.program.interrupt();
}

#[test]
fn keys_that_changed_meanwhile_are_asked_for() {
    let desk = Desk::open("");
    desk.provider.says(filed());
    let mut visitor = desk.visitor();
    let back = visitor.leave(&desk.provider, LEAVE);
    desk.provider.draw_keys();
    assert_eq!(visitor.come_back(&back).status, 200);
    assert_eq!(visitor.name().as_deref(), Some("filed"));
    desk.daemon.program.interrupt();
}

/// A provider that is away, or is not what it should be: the page says so, the other ways in work on, and nothing was sent to
/// where it would have sent us.
#[test]
fn a_provider_that_is_away_or_leads_elsewhere_keeps_nobody_else_out() {
    let inside = Provider::start();
    let address = inside.issuer();
    let check = |conduct: Conduct, cause: &str| {
        let provider = Provider::start();
        provider.conducts(conduct.clone());
        let desk = Desk::open_by(provider, "");
        let causes = desk.failures_of(|| {
            let seen = desk.visitor().get(LEAVE);
            assert_eq!(seen.status, 503, "{conduct:?}: {}", seen.text);
            assert!(
                seen.text.contains("cannot be reached") && seen.text.contains("name=\"password\""),
                "{}",
                seen.text
            );
        });
        assert_eq!(causes, [cause], "{conduct:?}");
        let link = desk.json(&["console", "login", "--operator", "filed"])["login"].as_str().unwrap().to_owned();
        let mut visitor = desk.visitor();
        visitor.post_form("/login", &[("token", link.split_once("token=").unwrap().1)]);
        assert_eq!(visitor.name().as_deref(), Some("filed"), "{conduct:?}");
        desk.daemon.program.interrupt();
    };
    check(Conduct::HangsUp, "provider_away");
    check(Conduct::Silent, "provider_away");
    check(Conduct::Endless, "provider_answer");
    check(Conduct::SendsTo(format!("{address}/.well-known/openid-configuration")), "provider_answer");
    check(Conduct::SendsTo("http://169.254.169.254/latest/meta-data".to_owned()), "provider_answer");
    check(Conduct::KeysAt(format!("{address}/jwks")), "provider_answer");
    assert_eq!(inside.log(), Vec::<String>::new(), "nobody was sent there");
}

#[test]
fn a_secret_is_sent_to_no_host_that_was_not_named() {
    let inside = Provider::start();
    let address = format!("{}/token", inside.issuer());
    let desk = Desk::open("");
    desk.provider.conducts(Conduct::TokensAt(address.clone()));
    desk.check_refused(filed(), "provider_answer");
    assert_eq!(inside.log(), Vec::<String>::new(), "nobody was sent there");
    desk.daemon.program.interrupt();
}

#[test]
fn one_factor_there_wants_a_code_from_here() {
    let desk = Desk::open("");
    let one = || filed().with("amr", json!(["pwd"]));
    // Without anything of their own they are refused.
    desk.check_refused(one(), "provider_second_factor");
    desk.check_refused(filed().with("amr", Value::Null), "provider_second_factor");

    let (secret, recovery) = set_up(&desk, "filed");
    let (name, seen) = desk.comes(one());
    assert_eq!((name, seen.status), (None, 200), "{}", seen.text);
    assert!(seen.text.contains("action=\"/login/provider/code\""), "{}", seen.text);

    let half_way = |answer: &str| {
        desk.provider.says(one());
        let mut visitor = desk.visitor();
        assert_eq!(visitor.visit(&desk.provider, LEAVE).status, 200);
        let seen = visitor.post_form("/login/provider/code", &[("code", answer)]);
        (visitor.name(), seen.status, visitor.who().map(|me| me["fresh"].clone()))
    };
    let in_as = (Some("filed".to_owned()), 303, Some(json!(true)));
    let now = code(&secret, 1);
    assert_eq!(half_way(&now), in_as);
    assert_eq!(half_way(&recovery), in_as);
    let causes = desk.failures_of(|| assert_eq!(half_way(&now), (None, 403, None), "a code works once"));
    assert_eq!(causes, ["replayed"]);
    // What was wrong here keeps nobody out who shows two factors there.
    assert_eq!(desk.comes(filed()).0.as_deref(), Some("filed"));
    desk.daemon.program.interrupt();
}

#[test]
fn no_line_tells_what_somebody_signed_in_by() {
    let desk = Desk::open("");
    let (secret, recovery) = set_up(&desk, "filed");
    let mut visitor = desk.visitor();
    let now = code(&secret, 1);
    let typed = [("name", "filed"), ("password", PASSWORD), ("code", now.as_str())];
    assert_eq!(visitor.post_form("/login/password", &typed).status, 303);
    assert_eq!(visitor.name().as_deref(), Some("filed"));
    // And by what the provider says, then with a recovery code beside it.
    desk.provider.says(filed());
    let mut there = desk.visitor();
    let back = there.leave(&desk.provider, LEAVE);
    assert_eq!(there.come_back(&back).status, 200);
    desk.provider.says(filed().with("amr", json!(["pwd"])));
    let mut half = desk.visitor();
    assert_eq!(half.visit(&desk.provider, LEAVE).status, 200);
    assert_eq!(half.post_form("/login/provider/code", &[("code", &recovery)]).status, 303);
    let brought = pairs(back.split_once('?').unwrap().1);
    let cookies = [visitor, there, half].map(|visitor| visitor.cookie_values());
    desk.daemon.program.interrupt_and_hear(|log| {
        assert!(log.contains("DEBUG") && log.contains("rackward::"), "it is not talkative: {log}");
        let mut secrets: Vec<String> =
            [PASSWORD, CLIENT_SECRET, &secret, &recovery, "s-file"].map(str::to_owned).into();
        secrets.push(secret.replace(' ', ""));
        secrets.extend(["code", "state"].map(|part| brought[part].clone()));
        // How each token of the provider begins (RFC 7515, clause 3.3).
        secrets.push("eyJhbGciOi".to_owned());
        secrets.extend(cookies.into_iter().flatten());
        check_silent("the daemon", log, &secrets);
    });
}

/// The password of everybody who sets one up.
const PASSWORD: &str = "correct horse battery";

/// Makes a password and an app for an operator; gives the app's secret and a recovery code.
fn set_up(desk: &Desk, operator: &str) -> (String, String) {
    let invited = desk.json(&["operator", "reset", operator, "--reason", "begins"]);
    let mut visitor = desk.visitor();
    let token = invited["login"].as_str().unwrap().split_once("token=").unwrap().1.to_owned();
    let page = visitor.post_form("/login", &[("token", &token)]);
    let (ticket, secret) = (page.between("name=\"ticket\" value=\"", "\""), page.between("<code>", "</code>"));
    let code = code(&secret, 0);
    let filled = [("ticket", ticket.as_str()), ("password", PASSWORD), ("again", PASSWORD), ("code", &code)];
    let done = visitor.post_form("/setup", &filled);
    assert_eq!(done.status, 200, "{}", done.text);
    (secret, done.between("<li><code>", "</code>"))
}

#[test]
fn the_site_says_what_a_second_factor_is() {
    let desk =
        Desk::open("second_factor_amr = []\nsecond_factor_acr = [\"gold\"]\nwithout_second_factor = \"refuse\"\n");
    let mut visitor = desk.visitor();
    let left = visitor.get(LEAVE);
    assert_eq!(pairs(&left.location).get("acr_values").map(String::as_str), Some("gold"), "{}", left.location);
    set_up(&desk, "filed");
    desk.check_refused(filed(), "provider_second_factor");
    desk.check_refused(filed().with("acr", json!("silver")), "provider_second_factor");
    assert_eq!(desk.comes(filed().with("acr", json!("gold"))).0.as_deref(), Some("filed"));
    desk.daemon.program.interrupt();

    let desk = Desk::open("without_second_factor = \"accept\"\n");
    assert_eq!(desk.comes(filed().with("amr", Value::Null)).0.as_deref(), Some("filed"));
    desk.daemon.program.interrupt();
}

#[test]
fn who_was_known_to_the_provider_proves_themselves_anew() {
    let desk = Desk::open("");
    desk.json(&["operator", "bind", "other", "--subject", "s-other", "--reason", "staff account"]);
    let since_morning = || filed().with("auth_time", json!(now_s() - MORNING_S));
    let fresh = |visitor: &mut Visitor| visitor.who().unwrap()["fresh"].clone();
    let mut visitor = desk.visitor();
    desk.provider.says(since_morning());
    assert_eq!(visitor.visit(&desk.provider, LEAVE).status, 200);
    assert_eq!(fresh(&mut visitor), json!(false), "known there is not proven here");

    // The provider is asked to ask, and one that does not is no proof.
    let causes = desk.failures_of(|| {
        let left = visitor.get(LEAVE_AGAIN);
        let asked = pairs(left.location.split_once('?').unwrap().1);
        assert_eq!((asked["max_age"].as_str(), asked["prompt"].as_str()), ("0", "login"), "{}", left.location);
        let back = desk.provider.visited_at(&left.location);
        assert_eq!(visitor.come_back(&back).status, 403);
        desk.provider.says(filed().with("auth_time", Value::Null));
        assert_eq!(visitor.visit(&desk.provider, LEAVE_AGAIN).status, 403);
        desk.provider.says(Word::of("s-other"));
        assert_eq!(visitor.visit(&desk.provider, LEAVE_AGAIN).status, 403);
    });
    assert_eq!(causes, ["provider_stale", "provider_stale", "provider_somebody_else"]);
    assert_eq!((visitor.name().as_deref(), fresh(&mut visitor)), (Some("filed"), json!(false)));

    desk.provider.says(filed());
    let session = visitor.who().unwrap()["session"].clone();
    assert_eq!(visitor.visit(&desk.provider, LEAVE_AGAIN).status, 200);
    let me = visitor.who().unwrap();
    assert_eq!((&me["fresh"], &me["session"]), (&json!(true), &session), "the same session, proven anew");
    assert_eq!(of_kind(&desk.daemon.api, "operator.stepped-up").len(), 1);

    // One who is not signed in proves nothing; one whose browser became another neither.
    assert_eq!(desk.visitor().get(LEAVE_AGAIN).location, "/login");
    let causes = desk.failures_of(|| {
        let back = visitor.leave(&desk.provider, LEAVE_AGAIN);
        let mut moved = visitor.called("another");
        assert_eq!(moved.come_back(&back).status, 403);
    });
    assert_eq!(causes, ["provider_journey"]);
    desk.daemon.program.interrupt();
}

/// Cookies are a browser's own business, so a real one goes the whole way: to another site and back.
#[test]
fn a_real_browser_goes_to_the_provider_and_back() {
    let desk = Desk::open("");
    let console = desk.daemon.api.document("/api/v1/status")["http"].as_str().unwrap().to_owned();
    let browser = Browser::start(&[desk.provider.key_digest()]);
    let fresh = || browser.run("return (await (await fetch('/api/v1/sessions/current')).json()).fresh;", &Value::Null);
    desk.provider.says(filed().with("auth_time", json!(now_s() - MORNING_S)));
    browser.open(&format!("{console}/people?q=Byrne"));
    browser.click("a[href='/login/provider']");
    browser.wait_for_path("/people?q=Byrne");
    let who = || browser.text("#bar .who button");
    assert!(who().contains("filed"), "{}", who());
    assert_eq!(fresh(), json!(false));
    desk.provider.says(filed());
    browser.open(&format!("{console}/account/prove?back=/people%3Fq%3DByrne"));
    browser.click("a[href='/account/prove/provider']");
    browser.wait_for_path("/people?q=Byrne");
    assert!(who().contains("filed"), "{}", who());
    assert_eq!(fresh(), json!(true));
    desk.provider.says(Word::of("s-unknown"));
    browser.click("#bar .who button");
    browser.click("form[action='/logout'] button");
    browser.wait_for_path("/login?back=/people%3Fq%3DByrne");
    browser.click("a[href='/login/provider']");
    assert!(browser.text("p.refused").contains("did not vouch"), "{}", browser.text("p.refused"));
    desk.daemon.program.interrupt();
}
