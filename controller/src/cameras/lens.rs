//! How a camera is asked for a picture, of now or of a moment that is over, as its kind wants it. Frigate's routes are those of
//! its HTTP API (docs.frigate.video, "Integrations: HTTP API"); its authenticated port wants a cookie that is got by signing in.

use data_encoding::BASE64;
use rackward_core::Wall;
use rackward_core::still::{StillForm, StillMissing};
use rackward_dashboard::still::Picture;
use serde_json::{Value, json};
use tokio::sync::Mutex;
use zeroize::Zeroizing;

use super::ask::{Answer, Ask, Asker, Proof};
use super::picture::form_of;
use super::settings::{CameraAccess, CameraKind, CameraLogin, Video};

/// For how long Frigate is told to keep video from an alarm on, in seconds; what was before it keeps by its own setting.
const VIDEO_SECONDS: u32 = 30;

/// What manual events are called in Frigate.
const VIDEO_LABEL: &str = "rackward";

/// What may stand in a path as it is.
const PLAIN: &[u8] = b"-_.";

/// One camera as it is asked.
#[derive(Debug)]
pub(super) struct Lens {
    asker: Asker,
    kind: CameraKind,
    login: Option<CameraLogin>,
    /// What Frigate gave for the login.
    cookie: Mutex<Option<Zeroizing<String>>>,
}

impl Lens {
    pub(super) fn new(access: &CameraAccess, asker: Asker) -> Self {
        Self { asker, kind: access.kind.clone(), login: access.login.clone(), cookie: Mutex::new(None) }
    }

    /// What the camera shows now.
    ///
    /// # Errors
    /// Why there is no picture.
    pub(super) async fn now(&self) -> Result<Picture, StillMissing> {
        match &self.kind {
            CameraKind::Frigate { camera, .. } => {
                let path = format!("{}/api/{}/latest.jpg", self.asker.endpoint.below(), in_path(camera));
                picture(self.ask_frigate(&path, None).await?)
            }
            CameraKind::Snapshot { .. } => {
                let (path, proof) = (self.asker.endpoint.path(), self.basic());
                picture(self.asker.ask(&Ask { path, proof, json: None }).await?)
            }
        }
    }

    /// What it showed at a moment that is over.
    ///
    /// # Errors
    /// Why there is no picture.
    pub(super) async fn at(&self, moment: Wall) -> Result<Picture, StillMissing> {
        let CameraKind::Frigate { camera, .. } = &self.kind else { return Err(StillMissing::NoPast) };
        let (seconds, millis) = (moment.as_seconds(), moment.as_micros().rem_euclid(1_000_000) / 1_000);
        let (below, camera) = (self.asker.endpoint.below(), in_path(camera));
        let path = format!("{below}/api/{camera}/recordings/{seconds}.{millis:03}/snapshot.jpg");
        picture(self.ask_frigate(&path, None).await?)
    }

    /// Whether it has a recorder that is to keep video of alarms.
    pub(super) fn keeps_video(&self) -> bool {
        matches!(self.kind, CameraKind::Frigate { video: Video::Keep, .. })
    }

    /// Whether moments that are over can be asked for.
    pub(super) fn has_recorder(&self) -> bool {
        matches!(self.kind, CameraKind::Frigate { .. })
    }

    /// For how many seconds its latest pictures are kept.
    pub(super) fn keeps_seconds(&self) -> Option<u8> {
        match self.kind {
            CameraKind::Snapshot { keep } => keep,
            CameraKind::Frigate { .. } => None,
        }
    }

    /// Tells the recorder to keep its video around this moment; `about` stands beside it there.
    ///
    /// # Errors
    /// It did not take it.
    pub(super) async fn keep_video(&self, about: &str) -> Result<(), StillMissing> {
        let CameraKind::Frigate { camera, .. } = &self.kind else { return Ok(()) };
        let below = self.asker.endpoint.below();
        let path = format!("{below}/api/events/{}/{VIDEO_LABEL}/create", in_path(camera));
        let wish = json!({ "sub_label": about, "duration": VIDEO_SECONDS, "include_recording": true });
        let made = self.ask_frigate(&path, Some(&wish)).await?;
        let event: Value = serde_json::from_slice(&made.body).unwrap_or_default();
        let id = event.get("event_id").and_then(Value::as_str).filter(|_| is_good(made.status));
        let path = format!("{below}/api/events/{}/retain", in_path(id.ok_or(StillMissing::Refused)?));
        let kept = self.ask_frigate(&path, Some(&json!({}))).await?;
        if is_good(kept.status) { Ok(()) } else { Err(StillMissing::Refused) }
    }

    /// Asks Frigate, after signing in where that is wanted; once more where what it gave for the login is over.
    async fn ask_frigate(&self, path: &str, json: Option<&Value>) -> Result<Answer, StillMissing> {
        // Not within the match: what signs in there takes the lock as well.
        let known = self.cookie.lock().await.clone();
        let proof = match (&self.login, known) {
            (None, _) => Proof::None,
            (Some(_), Some(cookie)) => Proof::Cookie(cookie),
            (Some(login), None) => Proof::Cookie(self.sign_in(login).await?),
        };
        let ask = |proof| Ask { path, proof, json: json.map(|json| Zeroizing::new(json.to_string())) };
        let answer = self.asker.ask(&ask(proof)).await?;
        match &self.login {
            Some(login) if answer.status == 401 => {
                let cookie = self.sign_in(login).await?;
                self.asker.ask(&ask(Proof::Cookie(cookie))).await
            }
            Some(_) | None => Ok(answer),
        }
    }

    async fn sign_in(&self, login: &CameraLogin) -> Result<Zeroizing<String>, StillMissing> {
        let path = format!("{}/api/login", self.asker.endpoint.below());
        let words = json!({ "user": login.username, "password": login.password.reveal() });
        let ask = Ask { path: &path, proof: Proof::None, json: Some(Zeroizing::new(words.to_string())) };
        let answer = self.asker.ask(&ask).await?;
        let cookie = answer.cookie.filter(|_| is_good(answer.status)).ok_or(StillMissing::Refused)?;
        *self.cookie.lock().await = Some(cookie.clone());
        Ok(cookie)
    }

    /// HTTP's own way to sign in (RFC 7617).
    fn basic(&self) -> Proof {
        let Some(login) = &self.login else { return Proof::None };
        let pair = Zeroizing::new(format!("{}:{}", login.username, login.password.reveal()));
        Proof::Authorization(Zeroizing::new(format!("Basic {}", BASE64.encode(pair.as_bytes()))))
    }
}

fn picture(answer: Answer) -> Result<Picture, StillMissing> {
    if !is_good(answer.status) {
        return Err(StillMissing::Refused);
    }
    let form: StillForm = form_of(&answer.body).ok_or(StillMissing::NotAPicture)?;
    Ok(Picture { form, bytes: answer.body.to_vec() })
}

const fn is_good(status: u16) -> bool {
    matches!(status, 200..=299)
}

/// A name as it stands in a path (RFC 3986, clause 2.1).
fn in_path(name: &str) -> String {
    let escape = |byte: u8| match byte {
        byte if byte.is_ascii_alphanumeric() || PLAIN.contains(&byte) => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    name.bytes().map(escape).collect()
}
