//! The journal as evidence: what is asked, what of an export is kept, and what of one that broke off.

use super::*;

#[tokio::test]
async fn entries_of_the_journal_are_asked_for_like_events() {
    for (line, expect) in [
        (
            "audit list type:access.denied --from -24h",
            "GET /api/v1/events?filter=type%3Aaccess.denied&from=-24h&sort=-at&limit=50",
        ),
        ("audit show 12", "GET /api/v1/events/12"),
        ("audit key", "GET /api/v1/audit/key"),
    ] {
        asks(line, expect).await;
    }
}

/// An archive of one empty file, `events.cef`, as the daemon writes it.
fn archive() -> Vec<u8> {
    let name = b"events.cef";
    let header = [&b"PK\x03\x04"[..], &[0; 22], &[10, 0, 0, 0], name].concat();
    let row = [&b"PK\x01\x02"[..], &[0; 24], &[10, 0, 28, 0], &[0; 14], name, &[1, 0, 24, 0], &[0; 24]].concat();
    let size = (row.len() as u64).to_le_bytes();
    let ends =
        [&b"PK\x06\x06"[..], &[0; 36], &size, &[0; 8], b"PK\x06\x07", &[0; 16], b"PK\x05\x06", &[0; 18]].concat();
    [header, row, ends].concat()
}

fn sent(archive: &[u8]) -> String {
    let head = format!("HTTP/1.1 200 X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", archive.len());
    // The archive of the test is ASCII throughout.
    head + std::str::from_utf8(archive).unwrap()
}

#[tokio::test]
async fn an_export_is_asked_for_as_it_was_typed_and_never_written_over_another() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("all.cef");
    let line = format!("audit export door:a --format cef --from -1h --to now -f {}", file.display());
    let far = FarEnd::answering(&[sent(&archive())]);
    let report = ask(&far.session(), &line).await.unwrap();
    assert_eq!(report.render(&plain(Form::Plain)), format!("0 bytes of cef written to {}\n", file.display()));
    let expect = "GET /api/v1/events/export?q=door%3Aa&from=-1h&to=now&format=cef HTTP/1.1\r\n";
    assert!(far.asked().await[0].starts_with(expect));
    let far = FarEnd::answering(&[sent(&archive())]);
    assert_eq!(ask(&far.session(), &line).await.unwrap_err().exit, Exit::Usage, "it is there already");
}

#[tokio::test]
async fn an_archive_without_a_signature_is_kept_and_told_as_one() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("all.zip");
    let line = format!("audit export --format cef --sign -f {}", file.display());
    let far = FarEnd::answering(&[sent(&archive())]);
    let report = ask(&far.session(), &line).await.unwrap();
    assert_eq!(report.exit(), Exit::NotVerified);
    assert_eq!(std::fs::read(&file).unwrap(), archive(), "byte by byte");
    assert!(report.render(&plain(Form::Plain)).contains("the site could not sign it"));
}

#[tokio::test]
async fn nothing_of_an_export_that_broke_off_stays() {
    let dir = tempfile::tempdir().unwrap();
    let whole = archive();
    for length in [0, 4, whole.len() / 2, whole.len() - 1] {
        for sign in ["", "--sign"] {
            let file = dir.path().join("all.zip");
            let far = FarEnd::answering(&[sent(&whole[..length])]);
            let failure = ask(&far.session(), &format!("audit export {sign} -f {}", file.display())).await.unwrap_err();
            assert_eq!(failure.exit, Exit::Unreachable, "{length} {sign}: {}", failure.text());
            assert!(!file.exists(), "{length} {sign}");
        }
    }
}
