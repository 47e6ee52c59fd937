//! `login` and `logout`. Signing in goes in three steps: whose certificate counts there is settled first, so that no password
//! is ever said to somebody else; then who asks is proven, by one of several ways; then both are remembered as a context.
//! Whether a proof is right the daemon says, what is kept where is `settings/memory.rs`; being let in at the console is
//! `login/device.rs`, showing a certificate `login/certificate.rs`, signing out `login/leave.rs`.

mod certificate;
mod device;
mod leave;

use std::path::{Path, PathBuf};
use std::time::Duration;

use rackward_dashboard::wire::request::SignIn;
use serde_json::json;
use zeroize::Zeroizing;

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

pub(crate) use leave::logout;

/// How somebody signs in who is at no terminal.
const WITHOUT_TERMINAL: &str = "at a terminal you are let in at the console, or asked for name, password and code; with \
                                --device a program waits to be let in all the same, and one that waits for nobody shows \
                                a token: rackward login --server URL --token-file PATH";

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
    /// The certificate to show and its key, as they were named or are remembered.
    identity: Option<(PathBuf, PathBuf)>,
}

/// By what somebody proves who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    /// The token in the file that was named.
    Token,
    /// An operator's word at the console.
    Console(device::Way),
    /// A certificate with its key.
    Certificate,
    /// Name, password and code.
    Password,
}

/// Signs in. `patience` is for how long to wait for an operator at the console, where that was said.
///
/// # Errors
/// Nobody is there, the certificate is not the right one, the proof is not right, or nothing can be kept.
pub(crate) async fn login(
    settings: &Settings,
    args: &LoginArgs,
    patience: Option<Duration>,
    prompting: Prompting,
    narration: Narration,
) -> Result<Report, Failure> {
    let wanted = wanted(settings, args)?;
    let by = by_what(args, &wanted)?;
    let memory = settings.memory()?;
    memory.prepare()?;
    // A file that cannot be used is told before anything is asked.
    let caller = match &wanted.token_file {
        Some(file) => Caller::with_token(file)?,
        None => Caller::with_session(&memory.session(&wanted.name))?,
    };
    let (ca_file, fingerprint) = authority(settings, &wanted, args, prompting).await?;
    let remote = Remote {
        name: Some(wanted.name.clone()),
        address: wanted.address.clone(),
        ca_file: ca_file.clone(),
        token_file: None,
    };
    let at = |caller| Ok::<_, Failure>(Client::at(remote.link()?, caller, prompting, narration));
    let client = match by {
        By::Token => at(caller)?,
        By::Password => {
            let client = at(caller)?;
            client.sign_in(&typed(args, prompting).await?).await?;
            // A token of before would go before the session.
            memory.forget_login(&wanted.name)?;
            client
        }
        By::Console(way) => {
            check_somebody(args, prompting)?;
            let token = device::be_let_in(&at(Caller::Unnamed)?, way, patience).await?;
            at(keep_login(settings, &wanted.name, &token)?)?
        }
        By::Certificate => {
            let token = certificate::show(&remote, wanted.identity.as_ref(), narration).await?;
            at(keep_login(settings, &wanted.name, &token)?)?
        }
    };
    let who = client.get(&Target::new(&["sessions", "current"])).await?;
    keep(settings, &wanted, ca_file)?;
    let named = settings.named_above_memory();
    let document = json!({
        "context": wanted.name, "server": wanted.address.to_string(),
        "fingerprint": fingerprint.map(|it| it.to_string()), "who": who,
        "named_by": named.map(|layer| layer.to_string()),
    });
    Ok(Report::Single { kind: "SignedIn", document, text: screens::signed_in, exit: Exit::Done })
}

/// By what somebody wants to prove who they are. Whoever says nothing is let in at the console where that is served over
/// HTTPS; on this machine name, password and code do.
fn by_what(args: &LoginArgs, wanted: &Wanted) -> Result<By, Failure> {
    let typed = args.device || args.sso || args.pki || args.password || args.name.is_some();
    if wanted.token_file.is_some() {
        if typed {
            let detail = "a token was named, and another way of signing in beside it";
            return Err(unclear("it is not clear how to sign in", detail, "leave one of them out"));
        }
        return Ok(By::Token);
    }
    Ok(if args.pki {
        By::Certificate
    } else if args.sso {
        By::Console(device::Way::Provider)
    } else if args.device || (!typed && wanted.address.is_over_tls()) {
        By::Console(device::Way::Console)
    } else {
        By::Password
    })
}

/// Whoever did not ask for it in so many words does not wait for ten minutes where nobody reads the code.
fn check_somebody(args: &LoginArgs, prompting: Prompting) -> Result<(), Failure> {
    if args.device || args.sso || prompting.reaches_somebody() {
        return Ok(());
    }
    let detail = "there is no terminal, or nothing may be asked, so nobody may see the code with which this is let in";
    Err(Failure::new(Exit::NotSignedIn, "no-input", "nobody is there to sign in", detail, WITHOUT_TERMINAL))
}

/// Keeps the token that came of signing in, in the place of whatever was kept before.
fn keep_login(settings: &Settings, name: &str, token: &Zeroizing<String>) -> Result<Caller, Failure> {
    let memory = settings.memory()?;
    memory.forget_token(name)?;
    let file = memory.keep_login(name, token.as_bytes())?;
    Caller::with_session(&memory.session(name))?.forget()?;
    Caller::signed_in(&file)
}

/// Remembers the context, with the token that was named for it, and that it is the usual one.
fn keep(settings: &Settings, wanted: &Wanted, ca_file: Option<PathBuf>) -> Result<(), Failure> {
    let (memory, Wanted { name, address, by_hand, token_file, .. }) = (settings.memory()?, wanted);
    if !by_hand {
        let kept = match token_file {
            None => {
                memory.forget_token(name)?;
                None
            }
            Some(file) => {
                memory.forget_login(name)?;
                let token = read_private(file).map_err(|error| Failure::usage("the token", &error))?;
                Some(memory.keep_token(name, token.trim_ascii())?)
            }
        };
        let (certificate, key) = wanted.identity.clone().unzip();
        let server = address.to_string();
        memory.keep_context(name, ContextEntry { server, ca_file, token_file: kept, certificate, key })?;
    }
    memory.choose(name)
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
    let files = [&args.ca_file, &args.certificate];
    let names_a_file = typed.token_file.is_some() || files.iter().any(|file| file.is_some());
    if by_hand && (names_a_file || args.fingerprint.is_some()) {
        let detail = format!("somebody has written down the context {name}, and what they wrote is not touched");
        return Err(unclear(
            "nothing can be remembered",
            detail,
            "write ca_file, token_file, certificate and key there",
        ));
    }
    let own = known.filter(|_| by_hand).and_then(|known| known.token_file.clone());
    let token_file = typed.token_file.map(Path::to_owned).or(own);
    let named = args.certificate.as_deref().zip(args.key.as_deref());
    let identity = match named {
        Some((certificate, key)) => Some((whole(certificate)?, whole(key)?)),
        None => known.and_then(|known| known.identity.clone()),
    };
    let known = known.map(|known| known.remote(&name));
    Ok(Wanted { name, address, known, by_hand, token_file, identity })
}

/// A path that means the same from every folder.
fn whole(path: &Path) -> Result<PathBuf, Failure> {
    std::path::absolute(path).map_err(|error| Failure::usage("the file", &error))
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
