//! What is known of a key after whatever happened: a crash, a day, another start, damage, a caller that asks too much.

use super::*;

const NOW: Wall = Wall::from_seconds(1_784_898_202);
const REQUEST: Fingerprint = Fingerprint([1; 32]);

fn key(key: &str) -> RequestKey {
    of("uid 0", key)
}

fn of(caller: &str, key: &str) -> RequestKey {
    RequestKey { caller: caller.into(), key: key.into() }
}

fn answer() -> KeptAnswer {
    let fields = vec![("content-type".to_owned(), "application/json".to_owned())];
    KeptAnswer { status: 201, fields, body: Some(b"{}".to_vec()) }
}

fn long(status: u16) -> KeptAnswer {
    KeptAnswer { status, body: Some(vec![b'x'; 1_000]), ..answer() }
}

async fn answered(answers: &Answers, key: &RequestKey, answer: KeptAnswer) {
    assert_eq!(answers.begin(key, REQUEST, NOW).await.unwrap(), Begun::New, "{key:?}");
    answers.keep(key, Settled::Answered(answer)).await.unwrap();
}

async fn ask(answers: &Answers, key: &RequestKey) -> Begun {
    answers.begin(key, REQUEST, NOW).await.unwrap()
}

fn narrow(dir: &Path, room: Room) -> Answers {
    Answers { room, ..Answers::in_dir(dir) }
}

#[tokio::test]
async fn what_is_known_of_a_key() {
    let dir = tempfile::tempdir().unwrap();
    let answers = Answers::in_dir(dir.path());
    let (one, other) = (Fingerprint([1; 32]), Fingerprint([2; 32]));
    assert_eq!(answers.begin(&key("a"), one, NOW).await.unwrap(), Begun::New);
    assert_eq!(answers.begin(&key("a"), one, NOW).await.unwrap(), Begun::Unanswered(NOW));
    assert_eq!(answers.begin(&key("a"), other, NOW).await.unwrap(), Begun::OtherRequest);
    assert_eq!(answers.begin(&key("b"), other, NOW).await.unwrap(), Begun::New);
    answers.keep(&key("a"), Settled::Answered(answer())).await.unwrap();
    assert_eq!(answers.begin(&key("a"), one, NOW).await.unwrap(), Begun::Answered(answer()));
    assert_eq!(answers.begin(&key("a"), other, NOW).await.unwrap(), Begun::OtherRequest);
    answers.keep(&key("b"), Settled::NotDone).await.unwrap();
    assert_eq!(answers.begin(&key("b"), one, NOW).await.unwrap(), Begun::New);
}

#[tokio::test]
async fn answers_outlive_the_daemon_and_not_the_day() {
    let dir = tempfile::tempdir().unwrap();
    let answers = Answers::in_dir(dir.path());
    answers.begin(&key("crashed"), REQUEST, NOW).await.unwrap();
    let secret = KeptAnswer { body: None, ..answer() };
    answered(&answers, &key("done"), secret.clone()).await;
    drop(answers);
    let answers = Answers::in_dir(dir.path());
    assert_eq!(ask(&answers, &key("crashed")).await, Begun::Unanswered(NOW));
    assert_eq!(ask(&answers, &key("done")).await, Begun::Answered(secret));
    let later = NOW.after(KEPT_FOR).after(Duration::from_secs(1));
    assert_eq!(answers.begin(&key("crashed"), REQUEST, later).await.unwrap(), Begun::New);
}

#[tokio::test]
async fn what_is_over_is_forgotten_though_nobody_asks() {
    let dir = tempfile::tempdir().unwrap();
    let answers = Answers::in_dir(dir.path());
    answered(&answers, &key("done"), answer()).await;
    answers.forget_old(NOW.after(KEPT_FOR), SystemTime::now()).await.unwrap();
    assert_eq!(rows(&answers).await, 1);
    answers.forget_old(NOW.after(KEPT_FOR + Duration::from_secs(1)), SystemTime::now()).await.unwrap();
    assert_eq!(rows(&answers).await, 0);
}

async fn rows(answers: &Answers) -> i64 {
    let open = answers.open().await.unwrap();
    let (rows, held): (i64, i64) = (
        sqlx::query_scalar("SELECT count(*) FROM answer").fetch_one(&open.pool).await.unwrap(),
        sqlx::query_scalar("SELECT ifnull(sum(answers), 0) FROM holding").fetch_one(&open.pool).await.unwrap(),
    );
    assert_eq!(rows, held, "what each caller has is counted");
    let bytes =
        "SELECT (SELECT ifnull(sum(length(body)), 0) FROM answer) = (SELECT ifnull(sum(bytes), 0) FROM holding)";
    assert!(sqlx::query_scalar::<_, bool>(bytes).fetch_one(&open.pool).await.unwrap(), "bytes, too");
    rows
}

#[tokio::test]
async fn a_request_cannot_be_guessed_from_the_files() {
    let (dir, another) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let request = Fingerprint([7; 32]);
    let mut kept = Vec::new();
    for dir in [&dir, &another] {
        let answers = Answers::in_dir(dir.path());
        answers.begin(&key("a"), request, NOW).await.unwrap();
        let stored = sqlx::query_scalar::<_, Vec<u8>>("SELECT request FROM answer");
        kept.push(stored.fetch_one(&answers.open().await.unwrap().pool).await.unwrap());
    }
    assert_ne!(kept[0], kept[1], "each daemon hashes under a key of its own");
    assert_ne!(kept[0], request.0);
}

#[tokio::test]
async fn who_asks_too_much_forgets_their_own_oldest_answers_and_nobody_elses() {
    let dir = tempfile::tempdir().unwrap();
    let answers = narrow(dir.path(), Room { answers_per_caller: 3, ..Room::USUAL });
    answered(&answers, &of("guard", "lockdown"), answer()).await;
    assert_eq!(ask(&answers, &of("runaway", "crashed")).await, Begun::New);
    for number in 0..10 {
        let at = NOW.after(Duration::from_secs(number));
        let key = of("runaway", &number.to_string());
        assert_eq!(answers.begin(&key, REQUEST, at).await.unwrap(), Begun::New);
        answers.keep(&key, Settled::Answered(answer())).await.unwrap();
    }
    assert_eq!(rows(&answers).await, 4);
    assert_eq!(ask(&answers, &of("guard", "lockdown")).await, Begun::Answered(answer()));
    assert_eq!(ask(&answers, &of("runaway", "crashed")).await, Begun::Unanswered(NOW), "never done twice");
    for number in ["8", "9"] {
        assert_eq!(ask(&answers, &of("runaway", number)).await, Begun::Answered(answer()), "{number}");
    }
    assert_eq!(ask(&answers, &of("runaway", "7")).await, Begun::New);
}

#[tokio::test]
async fn who_has_the_most_gives_room_when_there_is_none() {
    let dir = tempfile::tempdir().unwrap();
    let answers = narrow(dir.path(), Room { answers: 6, ..Room::USUAL });
    answered(&answers, &of("guard", "a"), answer()).await;
    answered(&answers, &of("guard", "b"), answer()).await;
    for number in 0..9 {
        answered(&answers, &of("runaway", &number.to_string()), answer()).await;
    }
    answered(&answers, &of("newcomer", "a"), answer()).await;
    assert_eq!(rows(&answers).await, 6);
    for (caller, name) in [("guard", "a"), ("guard", "b"), ("newcomer", "a"), ("runaway", "8")] {
        assert_eq!(ask(&answers, &of(caller, name)).await, Begun::Answered(answer()), "{caller} {name}");
    }
}

#[tokio::test]
async fn requests_whose_outcome_nobody_knows_keep_their_place() {
    let dir = tempfile::tempdir().unwrap();
    let answers = narrow(dir.path(), Room { answers_per_caller: 2, ..Room::USUAL });
    for name in ["a", "b"] {
        assert_eq!(ask(&answers, &of("unlucky", name)).await, Begun::New);
    }
    let full = answers.begin(&of("unlucky", "c"), REQUEST, NOW).await.unwrap_err();
    assert!(matches!(full, AnswersError::Full), "{full}");
    answered(&answers, &of("guard", "a"), answer()).await;
    let tomorrow = NOW.after(KEPT_FOR + Duration::from_secs(1));
    assert_eq!(answers.begin(&of("unlucky", "c"), REQUEST, tomorrow).await.unwrap(), Begun::New);
}

#[tokio::test]
async fn where_bytes_are_short_it_is_still_known_what_was_done() {
    let dir = tempfile::tempdir().unwrap();
    let answers = narrow(dir.path(), Room { bytes_per_caller: 2_500, ..Room::USUAL });
    for name in ["a", "b", "refused", "c"] {
        let status = if name == "refused" { 422 } else { 201 };
        answered(&answers, &of("runaway", name), long(status)).await;
    }
    let emptied = KeptAnswer { body: None, ..long(201) };
    assert_eq!(ask(&answers, &of("runaway", "a")).await, Begun::Answered(emptied));
    assert_eq!(ask(&answers, &of("runaway", "b")).await, Begun::Answered(long(201)));
    assert_eq!(ask(&answers, &of("runaway", "c")).await, Begun::Answered(long(201)));
    assert_eq!(ask(&answers, &of("runaway", "refused")).await, Begun::Answered(long(422)), "it was not done");
    assert_eq!(rows(&answers).await, 4);
}

#[tokio::test]
async fn the_bytes_of_all_are_bounded_and_the_longest_are_shortened() {
    let dir = tempfile::tempdir().unwrap();
    let answers = narrow(dir.path(), Room { bytes: 4_500, ..Room::USUAL });
    answered(&answers, &of("guard", "a"), long(201)).await;
    for name in ["a", "b", "c", "d"] {
        answered(&answers, &of("runaway", name), long(201)).await;
    }
    assert_eq!(ask(&answers, &of("guard", "a")).await, Begun::Answered(long(201)));
    let emptied = KeptAnswer { body: None, ..long(201) };
    for (name, kept) in [("a", emptied.clone()), ("b", emptied), ("c", long(201)), ("d", long(201))] {
        assert_eq!(ask(&answers, &of("runaway", name)).await, Begun::Answered(kept), "{name}");
    }
}

#[tokio::test]
async fn a_file_that_is_none_is_set_aside_for_a_day() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(ANSWERS_FILE);
    std::fs::write(&path, b"this is no database, however long one looks at it".repeat(100)).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let answers = Answers::in_dir(dir.path());
    answered(&answers, &key("a"), answer()).await;
    let kept = dir.path().join("api.sqlite.damaged-1");
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&kept), 0o600);
    for name in [ANSWERS_FILE, "api.sqlite-wal", "api.sqlite-shm", ANSWERS_KEY_FILE] {
        assert_eq!(mode(&dir.path().join(name)), 0o600, "{name}");
    }
    let written = std::fs::metadata(&kept).unwrap().modified().unwrap();
    answers.forget_old(NOW, written + KEPT_FOR).await.unwrap();
    assert!(kept.exists());
    answers.forget_old(NOW, written + KEPT_FOR + Duration::from_secs(1)).await.unwrap();
    assert!(!kept.exists());
    assert_eq!(ask(&answers, &key("a")).await, Begun::Answered(answer()));
}

#[tokio::test]
async fn damage_that_is_met_later_costs_what_was_kept_and_no_more() {
    let dir = tempfile::tempdir().unwrap();
    let answers = Answers::in_dir(dir.path());
    for number in 0..200 {
        answered(&answers, &key(&number.to_string()), answer()).await;
    }
    answers.open().await.unwrap().pool.close().await;
    answers.open.lock().await.take();
    // The first page has the schema; all others are no pages any more.
    let path = dir.path().join(ANSWERS_FILE);
    let mut bytes = std::fs::read(&path).unwrap();
    assert!(bytes.len() > 4 * 4_096, "there are pages to damage");
    bytes[4_096..].fill(0xa5);
    std::fs::write(&path, bytes).unwrap();
    // Whether it shows when the file is opened or when a page is met is the database's to choose.
    let first = answers.begin(&key("after"), REQUEST, NOW).await;
    assert!(matches!(first, Ok(Begun::New) | Err(AnswersError::Database(_))), "{first:?}");
    let second = answers.begin(&key("after that"), REQUEST, NOW).await;
    assert!(matches!(second, Ok(Begun::New)), "{second:?}");
}

#[tokio::test]
async fn without_the_key_nothing_is_done_twice_and_no_request_is_taken_for_another() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(ANSWERS_KEY_FILE);
    answered(&Answers::in_dir(dir.path()), &key("a"), answer()).await;
    let damages: [&dyn Fn(); 3] =
        [&|| std::fs::write(&path, b"short").unwrap(), &|| std::fs::remove_file(&path).unwrap(), &|| {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap()
        }];
    for damage in damages {
        let before = std::fs::read(&path).unwrap();
        damage();
        let answers = Answers::in_dir(dir.path());
        assert_eq!(ask(&answers, &key("a")).await, Begun::Unanswered(NOW));
        let made = std::fs::read(&path).unwrap();
        assert!(made.len() == 32 && made != before, "a new key");
        assert_eq!(ask(&Answers::in_dir(dir.path()), &key("a")).await, Begun::Unanswered(NOW), "from now on");
    }
}

#[tokio::test]
async fn what_cannot_be_opened_now_is_opened_later() {
    let dir = tempfile::tempdir().unwrap();
    let missing = dir.path().join("not-there-yet");
    let answers = Answers::in_dir(&missing);
    assert!(answers.begin(&key("a"), REQUEST, NOW).await.is_err());
    assert!(answers.forget_old(NOW, SystemTime::now()).await.is_err());
    std::fs::create_dir(&missing).unwrap();
    assert_eq!(ask(&answers, &key("a")).await, Begun::New);
}
