//! Enrolment: how a device that has nothing but a one-time code gets its certificate and the keys that go with it.
//!
//! Decided here: what a code holds and how it is written, and the bytes of the one question and the one answer. Not decided
//! here: whether a code is still good and for which device (the core), what a certificate says (the daemon's authority), and
//! how bytes go over TLS (the daemon's listener and the device's link).
//!
//! The device connects with ALPN [`ALPN`], shows no certificate and takes the server for true only if the authority its chain
//! ends in is the one that the code [names](Code::names). Then one request goes up and one answer comes down, each a body
//! behind its length in two bytes, big-endian, 1 to [`MAX_ENROLMENT_BYTES`]. A body is one CBOR array (RFC 8949), definite
//! lengths only:
//!
//! ```text
//! request  = [1, 1, site, device, secret 10 bytes, csr]
//! enrolled = [1, 2, certificate, authority, list key 32 bytes, card key 32 bytes or null]
//! refused  = [1, 3, reason 0..5]
//! ```
//!
//! Vocabulary: the *secret* is the half of a code that the daemon asks for; the other half names the *authority*, whose
//! certificate signs all others of the site. The *list key* checks rights lists, the *card key* hashes card numbers.

use alloc::vec::Vec;
use core::convert::Infallible;
use core::fmt;

use minicbor::data::Type;
use minicbor::{Decoder, Encoder};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use thiserror::Error;

use super::message::Der;
use super::topic::{DeviceId, SiteId};

/// The protocol a device names in the TLS handshake when it comes to enrol (RFC 7301).
pub const ALPN: &[u8] = b"rackward-enrol/1";
/// Longest body, in bytes: two certificates at their longest with their keys fit twice.
pub const MAX_ENROLMENT_BYTES: usize = 4096;
/// Length of each half of a code, in bytes: 80 bits, so that neither is guessed over a network nor made to fit.
pub const HALF_BYTES: usize = 10;

const VERSION: u8 = 1;
const REQUEST: u8 = 1;
const ENROLLED: u8 = 2;
const REFUSED: u8 = 3;

/// RFC 4648, section 6: no digit in it looks like a letter of it.
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const CODE_CHARS: usize = 32;
const GROUP_CHARS: usize = 4;

/// A one-time code: who holds it may be one device once, and knows the site again.
#[derive(Clone, PartialEq, Eq)]
pub struct Code {
    /// What the daemon asks for; drawn at random.
    pub secret: [u8; HALF_BYTES],
    /// The first bytes of the SHA-256 of the authority's certificate (DER).
    pub authority: [u8; HALF_BYTES],
}

/// Why a text is no code. Holds nothing of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CodeError {
    /// It holds something else than letters, the digits 2 to 7, dashes and spaces.
    #[error("an enrolment code has only letters, the digits 2 to 7, dashes and spaces; type it as it was printed")]
    Character,
    /// It is too short or too long.
    #[error("an enrolment code has {CODE_CHARS} letters and digits, this one has {chars}; type it as it was printed")]
    Length {
        /// How many it has, dashes and spaces left out.
        chars: usize,
    },
}

impl Code {
    /// The code of a secret, for the authority with this certificate (DER).
    pub fn new(secret: [u8; HALF_BYTES], authority_der: &[u8]) -> Self {
        Self { secret, authority: fingerprint(authority_der) }
    }

    /// Reads a code as someone types it: case, dashes and white space do not matter.
    pub fn parse(text: &str) -> Result<Self, CodeError> {
        let mut digits = Vec::with_capacity(CODE_CHARS);
        for sign in text.chars().filter(|sign| *sign != '-' && !sign.is_whitespace()) {
            digits.push(digit_of(sign).ok_or(CodeError::Character)?);
        }
        let digits: [u8; CODE_CHARS] =
            digits.try_into().map_err(|digits: Vec<u8>| CodeError::Length { chars: digits.len() })?;
        let (secret, authority) = digits.split_at(CODE_CHARS / 2);
        Ok(Self { secret: half_of(secret), authority: half_of(authority) })
    }

    /// Whether this is the certificate (DER) of the authority that the code is of. Takes as long for a wrong one as for a
    /// right one.
    pub fn names(&self, authority_der: &[u8]) -> bool {
        self.authority.ct_eq(&fingerprint(authority_der)).into()
    }
}

fn fingerprint(authority_der: &[u8]) -> [u8; HALF_BYTES] {
    let digest: [u8; 32] = Sha256::digest(authority_der).into();
    core::array::from_fn(|at| digest.get(at).copied().unwrap_or_default())
}

fn digit_of(sign: char) -> Option<u8> {
    let sign = u8::try_from(sign.to_ascii_uppercase()).ok()?;
    ALPHABET.iter().position(|letter| *letter == sign).and_then(|at| u8::try_from(at).ok())
}

/// Sixteen digits of five bits each are ten bytes exactly.
fn half_of(digits: &[u8]) -> [u8; HALF_BYTES] {
    let bits = digits.iter().fold(0u128, |bits, digit| (bits << 5) | u128::from(*digit));
    let [_, _, _, _, _, _, half @ ..] = bits.to_be_bytes();
    half
}

fn digits_of(half: [u8; HALF_BYTES]) -> impl Iterator<Item = char> {
    let bits = half.iter().fold(0u128, |bits, byte| (bits << 8) | u128::from(*byte));
    (0..CODE_CHARS / 2).rev().map(move |at| {
        let digit = (bits >> (5 * at)) & 31;
        char::from(usize::try_from(digit).ok().and_then(|at| ALPHABET.get(at)).copied().unwrap_or(b'A'))
    })
}

/// Eight groups of four, as it is printed for whoever mounts the device.
impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, digit) in digits_of(self.secret).chain(digits_of(self.authority)).enumerate() {
            if at > 0 && at % GROUP_CHARS == 0 {
                fmt::Write::write_char(f, '-')?;
            }
            fmt::Write::write_char(f, digit)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(redacted)")
    }
}

/// What a device asks.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// The site it wants to belong to.
    pub site: SiteId,
    /// The device it wants to be.
    pub device: DeviceId,
    /// The secret half of its code.
    pub secret: [u8; HALF_BYTES],
    /// Its request for a certificate (PKCS #10, DER), signed with the key it keeps.
    pub csr: Der,
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { site, device, secret: _, csr } = self;
        let csr_bytes = csr.bytes().len();
        f.debug_struct("Request").field("site", site).field("device", device).field("csr_bytes", &csr_bytes).finish()
    }
}

/// What a device is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is that device now.
    Enrolled(Enrolled),
    /// It is not.
    Refused(EnrolmentRefusal),
}

/// What an enrolled device keeps, next to its own key.
#[derive(Clone, PartialEq, Eq)]
pub struct Enrolled {
    /// Its certificate (DER).
    pub certificate: Der,
    /// The certificate (DER) of the authority that signed it, and that signs the daemon's.
    pub authority: Der,
    /// What rights lists are checked with: an Ed25519 public key (RFC 8032).
    pub list_key: [u8; 32],
    /// What card numbers are hashed under; only for a device that may decide by itself.
    pub card_key: Option<[u8; 32]>,
}

impl fmt::Debug for Enrolled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let card_key = if self.card_key.is_some() { "redacted" } else { "none" };
        f.debug_struct("Enrolled")
            .field("certificate_bytes", &self.certificate.bytes().len())
            .field("authority_bytes", &self.authority.bytes().len())
            .field("card_key", &card_key)
            .finish()
    }
}

/// Why a device is not enrolled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
pub enum EnrolmentRefusal {
    /// The code is wrong, used up, over, or for another device; which of them is not told.
    #[error("the enrolment code is not good; have a new one made for this device")]
    Code,
    /// There is no such device here.
    #[error("the site has no such device; check the device name, and that the site file names it")]
    Device,
    /// This is another site.
    #[error("this is another site; check the site name")]
    Site,
    /// The request for a certificate is none, or not signed with its own key.
    #[error("the request for a certificate is not valid; make a new key and request")]
    Csr,
    /// Too many are enrolling at once.
    #[error("too many devices are enrolling; try again in a minute")]
    Busy,
    /// The site cannot enrol now.
    #[error("the site cannot enrol devices now; see the daemon's log and try again")]
    Unavailable,
}

impl EnrolmentRefusal {
    const ALL: [Self; 6] = [Self::Code, Self::Device, Self::Site, Self::Csr, Self::Busy, Self::Unavailable];

    fn code(self) -> u8 {
        match self {
            Self::Code => 0,
            Self::Device => 1,
            Self::Site => 2,
            Self::Csr => 3,
            Self::Busy => 4,
            Self::Unavailable => 5,
        }
    }

    fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|refusal| refusal.code() == code)
    }
}

/// What is wrong with the bytes of a question or an answer. Holds nothing of the content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum EnrolmentError {
    /// A body of no bytes or more than [`MAX_ENROLMENT_BYTES`] is announced.
    #[error("an enrolment message has 1 to {MAX_ENROLMENT_BYTES} bytes, not {bytes}")]
    Length {
        /// How many are announced.
        bytes: usize,
    },
    /// Not of the one version spoken here.
    #[error("the enrolment message has version {found}, this side speaks only {VERSION}; update the older side")]
    Version {
        /// The version it claims.
        found: u8,
    },
    /// Not CBOR of the shape it should have, cut short, or with bytes after its end.
    #[error("the enrolment message is not CBOR of the shape it should have")]
    Malformed,
}

/// The length of the body that follows these two bytes, within 1 to [`MAX_ENROLMENT_BYTES`]; ask before making room for it.
pub fn body_length(prefix: [u8; 2]) -> Result<usize, EnrolmentError> {
    checked_length(usize::from(u16::from_be_bytes(prefix)))
}

fn checked_length(bytes: usize) -> Result<usize, EnrolmentError> {
    let fits = (1..=MAX_ENROLMENT_BYTES).contains(&bytes);
    if fits { Ok(bytes) } else { Err(EnrolmentError::Length { bytes }) }
}

type Written = Result<(), minicbor::encode::Error<Infallible>>;
type Read<T> = Result<T, EnrolmentError>;

impl Request {
    /// The request with its length in front, ready to send.
    pub fn to_frame(&self) -> Vec<u8> {
        framed(|e| {
            e.array(6)?.u8(VERSION)?.u8(REQUEST)?.str(self.site.as_str())?.str(self.device.as_str())?;
            e.bytes(&self.secret)?.bytes(self.csr.bytes())?.ok()
        })
    }

    /// Reads a body, its length taken off. Never panics.
    pub fn decode(body: &[u8]) -> Read<Self> {
        let (mut decoder, fields, kind) = open(body)?;
        if (fields, kind) != (6, REQUEST) {
            return Err(EnrolmentError::Malformed);
        }
        let request = Self {
            site: SiteId::parse(text(&mut decoder)?).map_err(|_| EnrolmentError::Malformed)?,
            device: DeviceId::parse(text(&mut decoder)?).map_err(|_| EnrolmentError::Malformed)?,
            secret: exactly(&mut decoder)?,
            csr: der(&mut decoder)?,
        };
        close(&decoder, request)
    }
}

impl Answer {
    /// The answer with its length in front, ready to send.
    pub fn to_frame(&self) -> Vec<u8> {
        framed(|e| match self {
            Self::Refused(refusal) => e.array(3)?.u8(VERSION)?.u8(REFUSED)?.u8(refusal.code())?.ok(),
            Self::Enrolled(Enrolled { certificate, authority, list_key, card_key }) => {
                e.array(6)?.u8(VERSION)?.u8(ENROLLED)?.bytes(certificate.bytes())?.bytes(authority.bytes())?;
                e.bytes(list_key)?;
                match card_key {
                    Some(key) => e.bytes(key)?.ok(),
                    None => e.null()?.ok(),
                }
            }
        })
    }

    /// Reads a body, its length taken off. Never panics.
    pub fn decode(body: &[u8]) -> Read<Self> {
        let (mut decoder, fields, kind) = open(body)?;
        let answer = match (fields, kind) {
            (3, REFUSED) => {
                let code = decoder.u8().map_err(|_| EnrolmentError::Malformed)?;
                Self::Refused(EnrolmentRefusal::from_code(code).ok_or(EnrolmentError::Malformed)?)
            }
            (6, ENROLLED) => Self::Enrolled(Enrolled {
                certificate: der(&mut decoder)?,
                authority: der(&mut decoder)?,
                list_key: exactly(&mut decoder)?,
                card_key: key_or_null(&mut decoder)?,
            }),
            _ => return Err(EnrolmentError::Malformed),
        };
        close(&decoder, answer)
    }
}

fn framed(write: impl FnOnce(&mut Encoder<Vec<u8>>) -> Written) -> Vec<u8> {
    let mut encoder = Encoder::new(Vec::from([0; 2]));
    // Writing to a vector cannot fail; a body cut short would be refused at the other end.
    let _ = write(&mut encoder);
    let mut frame = encoder.into_writer();
    // The longest ids, certificates and keys make less than half of what two bytes can say.
    let length = u16::try_from(frame.len().saturating_sub(2)).unwrap_or(u16::MAX);
    if let Some(prefix) = frame.first_chunk_mut() {
        *prefix = length.to_be_bytes();
    }
    frame
}

/// Reads what every body begins with: how many fields, which version, which kind.
fn open(body: &[u8]) -> Read<(Decoder<'_>, u64, u8)> {
    checked_length(body.len())?;
    let mut decoder = Decoder::new(body);
    let fields = decoder.array().ok().flatten().ok_or(EnrolmentError::Malformed)?;
    // The version comes first, because what follows may have any shape in another version.
    let version = decoder.u8().map_err(|_| EnrolmentError::Malformed)?;
    if version != VERSION {
        return Err(EnrolmentError::Version { found: version });
    }
    let kind = decoder.u8().map_err(|_| EnrolmentError::Malformed)?;
    Ok((decoder, fields, kind))
}

fn close<T>(decoder: &Decoder<'_>, read: T) -> Read<T> {
    let at_end = decoder.position() == decoder.input().len();
    if at_end { Ok(read) } else { Err(EnrolmentError::Malformed) }
}

fn text<'b>(decoder: &mut Decoder<'b>) -> Read<&'b str> {
    decoder.str().map_err(|_| EnrolmentError::Malformed)
}

fn der(decoder: &mut Decoder<'_>) -> Read<Der> {
    let bytes = decoder.bytes().map_err(|_| EnrolmentError::Malformed)?;
    Der::new(bytes).map_err(|_| EnrolmentError::Malformed)
}

fn exactly<const N: usize>(decoder: &mut Decoder<'_>) -> Read<[u8; N]> {
    let bytes = decoder.bytes().map_err(|_| EnrolmentError::Malformed)?;
    bytes.try_into().map_err(|_| EnrolmentError::Malformed)
}

fn key_or_null(decoder: &mut Decoder<'_>) -> Read<Option<[u8; 32]>> {
    if matches!(decoder.datatype(), Ok(Type::Null)) {
        decoder.null().map_err(|_| EnrolmentError::Malformed)?;
        return Ok(None);
    }
    exactly(decoder).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mqtt::message::MAX_DER_BYTES;
    use alloc::format;
    use alloc::string::{String, ToString as _};
    use alloc::vec;
    use proptest::prelude::*;

    const AUTHORITY: &[u8] = b"a certificate";

    fn code() -> Code {
        Code::new([0x00, 0x44, 0x32, 0x14, 0xC7, 0x42, 0x54, 0xB6, 0x35, 0xCF], AUTHORITY)
    }

    fn request() -> Request {
        Request {
            site: SiteId::parse("lon1").unwrap(),
            device: DeviceId::parse("r01-front").unwrap(),
            secret: [7; HALF_BYTES],
            csr: Der::new(&[0x30, 0x00]).unwrap(),
        }
    }

    fn enrolled(card_key: Option<[u8; 32]>) -> Enrolled {
        let der = |byte| Der::new(&[byte]).unwrap();
        Enrolled { certificate: der(1), authority: der(2), list_key: [3; 32], card_key }
    }

    fn body(frame: &[u8]) -> &[u8] {
        let (prefix, body) = frame.split_first_chunk().unwrap();
        assert_eq!(body_length(*prefix), Ok(body.len()));
        body
    }

    #[test]
    fn a_code_is_printed_in_eight_groups_and_read_as_it_is_typed() {
        let printed = code().to_string();
        // The first half by hand: digits 0 to 15 of five bits each.
        assert!(printed.starts_with("ABCD-EFGH-IJKL-MNOP-"), "{printed}");
        assert_eq!((printed.len(), printed.split('-').count()), (39, 8));
        let lower = printed.to_lowercase();
        let spaced = format!("  {}\n", printed.replace('-', " "));
        for typed in [printed.clone(), lower, spaced, printed.replace('-', "")] {
            assert_eq!(Code::parse(&typed), Ok(code()), "{typed:?}");
        }
    }

    #[test]
    fn what_is_no_code_is_refused() {
        let full = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        let rows = [
            (String::new(), CodeError::Length { chars: 0 }),
            (full[1..].to_string(), CodeError::Length { chars: 31 }),
            (format!("{full}A"), CodeError::Length { chars: 33 }),
            (full.replace('A', "1"), CodeError::Character),
            (full.replace('A', "8"), CodeError::Character),
            (full.replace('A', "_"), CodeError::Character),
            (full.replace('A', "Ł"), CodeError::Character),
        ];
        for (typed, expect) in rows {
            assert_eq!(Code::parse(&typed), Err(expect), "{typed}");
        }
    }

    #[test]
    fn a_code_names_one_authority() {
        assert!(code().names(AUTHORITY));
        assert!(!code().names(b"another certificate"));
        let digest: [u8; 32] = Sha256::digest(AUTHORITY).into();
        assert_eq!(code().authority, digest[..HALF_BYTES]);
    }

    #[test]
    fn the_bytes_stay_as_they_are() {
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let asked = "0020860101646c6f6e31697230312d66726f6e744a07070707070707070707423000";
        assert_eq!(hex(&request().to_frame()), asked);
        assert_eq!(hex(&Answer::Refused(EnrolmentRefusal::Csr).to_frame()), "000483010303");
        let key = |byte: &str| format!("5820{}", byte.repeat(32));
        let without = Answer::Enrolled(enrolled(None)).to_frame();
        assert_eq!(hex(&without), format!("002a86010241014102{}f6", key("03")));
        let with = Answer::Enrolled(enrolled(Some([4; 32]))).to_frame();
        assert_eq!(hex(&with), format!("004b86010241014102{}{}", key("03"), key("04")));
    }

    #[test]
    fn the_longest_question_and_answer_fit() {
        let longest = Der::new(&vec![0x30; MAX_DER_BYTES]).unwrap();
        let name = "a".repeat(64);
        let (site, device) = (SiteId::parse(&name).unwrap(), DeviceId::parse(&name).unwrap());
        let request = Request { site, device, secret: [0xFF; HALF_BYTES], csr: longest.clone() };
        assert_eq!(Request::decode(body(&request.to_frame())), Ok(request));
        let keys = enrolled(Some([0xFF; 32]));
        let answer = Answer::Enrolled(Enrolled { certificate: longest.clone(), authority: longest, ..keys });
        assert_eq!(Answer::decode(body(&answer.to_frame())), Ok(answer));
    }

    #[test]
    fn a_length_is_checked_before_room_is_made() {
        for (bytes, fits) in [(0, false), (1, true), (4096, true), (4097, false), (65_535, false)] {
            let length = body_length(u16::to_be_bytes(bytes));
            let expect = if fits { Ok(bytes.into()) } else { Err(EnrolmentError::Length { bytes: bytes.into() }) };
            assert_eq!(length, expect);
        }
        assert_eq!(Request::decode(&[0; 4097]), Err(EnrolmentError::Length { bytes: 4097 }));
    }

    #[test]
    fn what_is_not_exactly_one_message_is_refused() {
        let frames = [request().to_frame(), Answer::Enrolled(enrolled(Some([1; 32]))).to_frame()];
        for frame in &frames {
            let body = body(frame);
            for cut in 1..body.len() {
                assert_eq!(Request::decode(&body[..cut]), Err(EnrolmentError::Malformed), "{cut}");
                assert_eq!(Answer::decode(&body[..cut]), Err(EnrolmentError::Malformed), "{cut}");
            }
            let longer = [body, &[0xF6]].concat();
            assert_eq!(Request::decode(&longer), Err(EnrolmentError::Malformed));
            assert_eq!(Answer::decode(&longer), Err(EnrolmentError::Malformed));
        }
        assert_eq!(Answer::decode(body(&frames[0])), Err(EnrolmentError::Malformed), "a question is no answer");
        assert_eq!(Request::decode(body(&frames[1])), Err(EnrolmentError::Malformed), "an answer is no question");
        assert_eq!(Answer::decode(&[0x83, 2, 3, 0]), Err(EnrolmentError::Version { found: 2 }));
        assert_eq!(Answer::decode(&[0x83, 1, 3, 6]), Err(EnrolmentError::Malformed), "an unknown reason");
    }

    #[test]
    fn secrets_do_not_show_in_debug() {
        let shown = format!("{:?} {:?} {:?}", code(), request(), enrolled(Some([0xAB; 32])));
        for secret in ["7, 7", "171", "ABCD", "abcd", "[0, 68"] {
            assert!(!shown.contains(secret), "{secret} in {shown}");
        }
    }

    proptest! {
        #[test]
        fn every_code_comes_back_as_it_went(secret: [u8; HALF_BYTES], authority: [u8; HALF_BYTES]) {
            let code = Code { secret, authority };
            prop_assert_eq!(Code::parse(&code.to_string()), Ok(code));
        }

        #[test]
        fn every_refusal_comes_back_as_it_went(at in 0usize..6) {
            let answer = Answer::Refused(EnrolmentRefusal::ALL[at]);
            prop_assert_eq!(Answer::decode(body(&answer.to_frame())), Ok(answer));
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), text: String) {
            let _ = (Request::decode(&bytes), Answer::decode(&bytes), Code::parse(&text));
        }
    }
}
