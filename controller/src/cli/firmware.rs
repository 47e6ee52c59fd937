//! Signing keys and signed firmware, on this machine and without the daemon. What an image is, and whose signature counts,
//! is `crate::firmware`'s.

use std::path::Path;

use rackward_core::job::version_text;
use serde_json::{Value, json};

use super::arguments::{FirmwareSign, FirmwareVerb};
use super::failure::{Exit, Failure};
use super::output::{Report, Screen, safe};
use super::verbs::read_file;
use crate::firmware::{Image, Manifest, PAYLOAD_MAX_BYTES, SigningKey, sign};

/// The largest image there is: payload, manifest and signature.
const MAX_IMAGE_BYTES: u64 = 16 << 20;

/// Does what `verb` says.
///
/// # Errors
/// A file cannot be read or made, or holds something else.
pub(crate) fn act(verb: &FirmwareVerb) -> Result<Report, Failure> {
    match verb {
        FirmwareVerb::Keygen { key } => keygen(key),
        FirmwareVerb::Sign(args) => signed(args),
        FirmwareVerb::Show { image } => show(image),
    }
}

fn invalid(title: &str, detail: &dyn std::fmt::Display) -> Failure {
    Failure::new(Exit::Invalid, "firmware", title, detail.to_string(), "")
}

fn keygen(path: &Path) -> Result<Report, Failure> {
    let key = SigningKey::create(path).map_err(|error| invalid("no key was made", &error))?;
    let document = json!({ "key": path.display().to_string(), "public_key": key.public().to_string() });
    let text = |document: &Value, _: &Screen| {
        let part = |name: &str| safe(document[name].as_str().unwrap_or_default());
        format!(
            "The signing key is in {}; keep it off this machine.\nIn the site file:\n[firmware]\ntrusted_keys = [\"{}\"]",
            part("key"),
            part("public_key")
        )
    };
    Ok(Report::Single { kind: "SigningKey", document, text, exit: Exit::Done })
}

fn signed(args: &FirmwareSign) -> Result<Report, Failure> {
    let payload = read_file(&args.payload, "the firmware", PAYLOAD_MAX_BYTES as u64)?;
    let key = SigningKey::open(&args.key).map_err(|error| invalid("the signing key cannot be used", &error))?;
    let manifest =
        Manifest { oui: args.maker.0, model: args.model, version: args.version.0, least_hardware: args.least_hardware };
    let image = sign(&payload, manifest, &key).map_err(|error| invalid("nothing was signed", &error))?;
    write_new(&args.out, &image)
        .map_err(|error| invalid("the image was not written", &format_args!("{}: {error}", args.out.display())))?;
    Ok(described(&args.out, &manifest, payload.len()))
}

/// An image that is there already is somebody's: it is never written over.
fn write_new(path: &Path, image: &[u8]) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).open(path)?;
    std::io::Write::write_all(&mut file, image)?;
    file.sync_all()
}

fn show(path: &Path) -> Result<Report, Failure> {
    let bytes = read_file(path, "the image", MAX_IMAGE_BYTES)?;
    let image = Image::parse(&bytes).map_err(|error| invalid("this is no firmware image", &error))?;
    Ok(described(path, &image.manifest, image.payload.len()))
}

fn described(path: &Path, manifest: &Manifest, payload_bytes: usize) -> Report {
    let [a, b, c] = manifest.oui;
    let document = json!({
        "image": path.display().to_string(),
        "maker": format!("{a:02x}-{b:02x}-{c:02x}"),
        "model": manifest.model,
        "version": version_text(manifest.version),
        "least_hardware": manifest.least_hardware,
        "payload_bytes": payload_bytes,
    });
    let text = |document: &Value, _: &Screen| {
        let part = |name: &str| safe(document[name].as_str().unwrap_or_default());
        let (model, least, bytes) = (&document["model"], &document["least_hardware"], &document["payload_bytes"]);
        format!(
            "{}: version {} for maker {} model {model}, hardware {least} or later, {bytes} bytes",
            part("image"),
            part("version"),
            part("maker")
        )
    };
    Report::Single { kind: "FirmwareImage", document, text, exit: Exit::Done }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::arguments::{Oui, Version};

    fn args(dir: &Path) -> FirmwareSign {
        FirmwareSign {
            payload: dir.join("payload"),
            key: dir.join("key"),
            maker: Oui([0xca, 0xfe, 0x01]),
            model: 4,
            version: Version([1, 3, 0]),
            least_hardware: 2,
            out: dir.join("image"),
        }
    }

    #[test]
    fn what_is_signed_is_shown_and_nothing_is_written_over() {
        let dir = tempfile::tempdir().unwrap();
        let args = args(dir.path());
        std::fs::write(&args.payload, b"payload").unwrap();
        act(&FirmwareVerb::Keygen { key: args.key.clone() }).unwrap();
        let refused = act(&FirmwareVerb::Keygen { key: args.key.clone() }).unwrap_err();
        assert_eq!(refused.exit, Exit::Invalid);
        let (image, key) = (args.out.clone(), args.key.clone());
        act(&FirmwareVerb::Sign(args)).unwrap();
        let Report::Single { document, .. } = act(&FirmwareVerb::Show { image: image.clone() }).unwrap() else {
            panic!("one image")
        };
        let told = [&document["maker"], &document["version"], &document["payload_bytes"]];
        assert_eq!(told, [&json!("ca-fe-01"), &json!("1.3.0"), &json!(7)]);
        let again = FirmwareSign { key, ..self::args(dir.path()) };
        assert_eq!(act(&FirmwareVerb::Sign(again)).unwrap_err().exit, Exit::Invalid);
        std::fs::write(&image, b"something else").unwrap();
        assert_eq!(act(&FirmwareVerb::Show { image }).unwrap_err().exit, Exit::Invalid);
        let nowhere = dir.path().join("nowhere");
        assert_eq!(act(&FirmwareVerb::Show { image: nowhere }).unwrap_err().exit, Exit::Invalid);
    }
}
