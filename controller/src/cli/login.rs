//! `login` and `logout`. Signing in goes in three steps: whose certificate counts there is settled first, so that no password
//! is ever said to somebody else; then who asks is proven; then both are remembered as a context. Whether a proof is right
//! the daemon says, what is kept where is `settings/memory.rs`.

use std::path::{Path, PathBuf};

use rackward_dashboard::wire::request::SignIn;
use serde_json::{Value, json};

use super::arguments::LoginArgs;
use super::client::{Client, Narration, Target};
use super::connection::address::ServerAddress;
use super::connection::caller::Caller;
use super::connection::trust::{self, Fingerprint};
use super::connection::{certificates_of, check_certificate};
use super::contexts::screens;
use super::failure::{Exit, Failure};
use super::output::Report;
use super::prompt::{self, Prompting};
use super::settings::files::{self, ContextEntry};
use super::settings::{Layer, Remote, Settings, Way, unclear};
use crate::pki::pem_of;
use crate::secrets::read_private;

/// How somebody signs in who is at no terminal.
const WITHOUT_TERMINAL: &str = "at a terminal you are asked for name, password and code; a program shows a token: rackward \
                                login --server URL --token-file PATH";

/// Who is to be signed in where.
struct Wanted {
    /// The context's name.
    name: String,
    /// Where its console is.
    address: ServerAddress,
    /// The context as it is written down, if it is.
    known: Option<Remote>,
    /// Whether a person has written it down, who then keeps it.
    by_hand: bool,
    /// The file with the token that was named for it.
    token_file: Option<PathBuf>,
}

/// Signs in.
///
/// # Errors
/// Nobody is there, the certificate is not the right one, the proof is not right, or nothing can be kept.
pub(crate) async fn login(
    settings: &Settings,
    args: &LoginArgs,
    prompting: Prompting,
    narration: Narration,
) -> Result<Report, Failure> {
    let wanted = wanted(settings, args)?;
    let memory = settings.memory()?;
    memory.prepare()?;
    let caller = match &wanted.token_file {
        Some(file) => Caller::with_token(file)?,
        None => Caller::with_session(&memory.session(&wanted.name))?,
    };
    let (ca_file, fingerprint) = authority(settings, &wanted, args, prompting).await?;
    let Wanted { name, address, by_hand, token_file, .. } = wanted;
    let remote =
        Remote { name: Some(name.clone()), address: address.clone(), ca_file: ca_file.clone(), token_file: None };
    let is_token = matches!(caller, Caller::Token(_));
    let client = Client::at(remote.link()?, caller, prompting, narration);
    if !is_token {
        client.sign_in(&typed(args, prompting).await?).await?;
    }
    let who = client.get(&Target::new(&["sessions", "current"])).await?;
    if !by_hand {
        let kept = match token_file {
            None => {
                // A token of before would go before the session.
                memory.forget_token(&name)?;
                None
            }
            Some(file) => {
                let token = read_private(&file).map_err(|error| Failure::usage("the token", &error))?;
                Some(memory.keep_token(&name, token.trim_ascii())?)
            }
        };
        memory.keep_context(&name, ContextEntry { server: address.to_string(), ca_file, token_file: kept })?;
    }
    memory.choose(&name)?;
    let named = settings.named_above_memory();
    let document = json!({
        "context": name, "server": address.to_string(), "fingerprint": fingerprint.map(|it| it.to_string()), "who": who,
        "named_by": named.map(|layer| layer.to_string()),
    });
    Ok(Report::Single { kind: "SignedIn", document, text: screens::signed_in, exit: Exit::Done })
}

/// Where somebody wants to sign in.
fn wanted(settings: &Settings, args: &LoginArgs) -> Result<Wanted, Failure> {
    let typed = settings.typed()?;
    let (name, address) = match (typed.server, typed.context) {
        (Some(server), context) => {
            let address = ServerAddress::parse(server).map_err(|error| Failure::usage("the server", &error))?;
            let name = match (context, settings.at(&address).as_slice()) {
                (Some(name), _) => name.to_owned(),
                (None, [name]) => (*name).clone(),
                (None, _) => usual_name(&address),
            };
            (name, address)
        }
        (None, Some(name)) => (name.to_owned(), settings.known(name)?.address.clone()),
        (None, None) => match settings.way()?.0 {
            Way::Remote(Remote { name: Some(name), address, .. }) => (name, address),
            Way::Remote(Remote { name: None, .. }) | Way::Local(_) => {
                let detail = "over the socket of this machine nobody signs in: it says itself who asks";
                let help = "name the console of a daemon: rackward login --server https://console.example:8443";
                return Err(unclear("it was not said where to sign in", detail, help));
            }
        },
    };
    files::check_name(&name).map_err(|why| Failure::usage("the context", &why))?;
    let known = settings.contexts().get(&name);
    if known.is_some_and(|known| known.address != address) {
        let detail = format!("the context {name} is another server");
        return Err(unclear("the name is taken", detail, "give this one another name with --context NAME"));
    }
    let by_hand = known.is_some_and(|known| known.layer != Layer::Remembered);
    if by_hand && (typed.token_file.is_some() || args.ca_file.is_some() || args.fingerprint.is_some()) {
        let detail = format!("somebody has written down the context {name}, and what they wrote is not touched");
        return Err(unclear("nothing can be remembered", detail, "write ca_file and token_file there"));
    }
    let own = known.filter(|_| by_hand).and_then(|known| known.token_file.clone());
    let token_file = typed.token_file.map(Path::to_owned).or(own);
    let known = known.map(|known| known.remote(&name));
    Ok(Wanted { name, address, known, by_hand, token_file })
}

/// What a context is called that was given no name: its host.
fn usual_name(address: &ServerAddress) -> String {
    let name: String = address.host().replace(':', "-");
    name.trim_start_matches('-').to_owned()
}

/// The file with the authority that must have signed the server's certificate, and its fingerprint; nothing where a public
/// one has, or where no TLS is spoken. Somebody has said that it is the right one: with its file, its fingerprint, or now.
async fn authority(
    settings: &Settings,
    wanted: &Wanted,
    args: &LoginArgs,
    prompting: Prompting,
) -> Result<(Option<PathBuf>, Option<Fingerprint>), Failure> {
    let Wanted { name, address, known, by_hand, .. } = wanted;
    if !address.is_over_tls() {
        return Ok((None, None));
    }
    let again = format!("rackward login --server {address} --context {name}");
    let keep = |der: &[u8]| settings.memory()?.keep_authority(name, &pem_of(der));
    if let Some(file) = &args.ca_file {
        let found = trust::authorities_in(file)?;
        check_certificate(address, &trust::trusting(Some(&found))?, &again).await?;
        let [first] = found.as_slice() else {
            let problem = "it holds several certificates; give the one of the site's authority";
            return Err(Failure::usage("--ca-file", &problem));
        };
        return Ok((Some(keep(first)?), Some(Fingerprint::of(first))));
    }
    if args.fingerprint.is_none() {
        let kept = known.as_ref().and_then(|known| known.ca_file.clone());
        let found = kept.as_deref().map(trust::authorities_in).transpose()?;
        match check_certificate(address, &trust::trusting(found.as_deref())?, &again).await {
            Ok(()) => {
                let first = found.as_ref().and_then(|found| found.first());
                return Ok((kept, first.map(|der| Fingerprint::of(der))));
            }
            // Whoever keeps the file by hand replaces it by hand.
            Err(failure) if *by_hand || !failure.is("wrong-certificate") => return Err(failure),
            Err(_) if kept.is_some() => {
                let warning = "warning: the certificate is of another authority than before: it was replaced, or somebody \
                               else answers";
                eprintln!("{warning}");
            }
            Err(_) => {}
        }
    }
    let shown = certificates_of(address).await?;
    let top = shown.last().map(Vec::as_slice).unwrap_or_default();
    let fingerprint = Fingerprint::of(top);
    match args.fingerprint {
        Some(expected) if expected != fingerprint => return Err(wrong_fingerprint(address, fingerprint)),
        Some(_) => {}
        None => confirm(address, fingerprint, prompting).await?,
    }
    // It must have signed what the server shows, for this name and this time.
    check_certificate(address, &trust::trusting(Some(&[top.to_vec()]))?, &again).await?;
    Ok((Some(keep(top)?), Some(fingerprint)))
}

fn wrong_fingerprint(address: &ServerAddress, fingerprint: Fingerprint) -> Failure {
    let detail = format!("{address}: the one it shows is {fingerprint}");
    let help = "if the fingerprint that you have is right, somebody else answers in the daemon's place: sign in nowhere \
                until you know why";
    let title = "the authority is not the one that was named";
    Failure::new(Exit::Unreachable, "wrong-certificate", title, detail, help)
}

/// Has somebody say that the authority is the right one.
async fn confirm(address: &ServerAddress, fingerprint: Fingerprint, prompting: Prompting) -> Result<(), Failure> {
    let compare = "compare it on the daemon's machine: openssl x509 -noout -fingerprint -sha256 -in authority.pem";
    if !prompting.reaches_somebody() {
        let detail = format!("{address}: the authority that it shows has the fingerprint {fingerprint}");
        let help = format!("{compare}; then give it with --fingerprint, or the certificate with --ca-file");
        let title = "nobody has said that the server's authority is the right one";
        return Err(Failure::new(Exit::Unreachable, "wrong-certificate", title, detail, help));
    }
    eprintln!("{address} has a certificate of an authority that is not known here. Its fingerprint (SHA-256) is");
    eprintln!("  {fingerprint}");
    eprintln!("{compare}");
    if prompt::line("Is it the same? Type yes: ").await?.trim() == "yes" {
        return Ok(());
    }
    let detail = "the authority was not confirmed, and nothing was sent to the server";
    Err(Failure::new(Exit::Cancelled, "cancelled", "nobody is signed in", detail, ""))
}

/// Name, password and code, as they are typed.
async fn typed(args: &LoginArgs, prompting: Prompting) -> Result<SignIn, Failure> {
    if !prompting.reaches_somebody() {
        let detail = "a password is asked for at a terminal alone, and there is none or nothing may be asked";
        let title = "nobody is there to sign in";
        return Err(Failure::new(Exit::NotSignedIn, "no-input", title, detail, WITHOUT_TERMINAL));
    }
    let name = match &args.name {
        Some(name) => name.clone(),
        None => prompt::line("Operator: ").await?.trim().to_owned(),
    };
    let password = prompt::secret("Password: ").await?.to_string();
    let code = prompt::secret("Code of your app, or a recovery code: ").await?.trim().to_owned();
    Ok(SignIn { name, password, code })
}

/// Signs out of the context that verbs ask: ends the session there, and deletes what is kept of it here.
///
/// # Errors
/// Nobody is signed in, the daemon does not answer, or a file cannot be deleted.
pub(crate) async fn logout(settings: &Settings, narration: Narration) -> Result<Report, Failure> {
    let (way, _) = settings.way()?;
    let Way::Remote(Remote { name: Some(name), .. }) = &way else {
        let help = "name a context with --context; rackward context list shows them";
        return Err(unclear("it was not said where to sign out", "no context is asked", help));
    };
    let memory = settings.memory()?;
    let document = |ended: &str| json!({ "context": name, "ended": ended });
    let report =
        |document: Value| Report::Single { kind: "SignedOut", document, text: screens::signed_out, exit: Exit::Done };
    let session = Caller::with_session(&memory.session(name))?;
    let had_session = session.is_signed_in();
    if had_session {
        let (link, _) = settings.connection(&without_token(&way))?;
        let client = Client::at(link, session, Prompting::Forbidden, narration);
        client.sign_out().await.map_err(|failure| {
            let help =
                "it is forgotten here; there it ends by itself after its idle time, or with: rackward session revoke";
            failure.with("help", json!(help))
        })?;
    }
    let had_token = memory.forget_token(name)?;
    if !had_session && !had_token {
        let detail = format!("neither a session nor a token is kept here for {name}");
        let help = format!("sign in with: rackward login --context {name}");
        return Err(Failure::new(Exit::NotSignedIn, "not-signed-in", "nobody is signed in", detail, help));
    }
    Ok(report(document(if had_session { "session" } else { "token" })))
}

/// The same way, as it is for whoever has a session.
fn without_token(way: &Way) -> Way {
    match way {
        Way::Local(dir) => Way::Local(dir.clone()),
        Way::Remote(remote) => Way::Remote(Remote { token_file: None, ..remote.clone() }),
    }
}
