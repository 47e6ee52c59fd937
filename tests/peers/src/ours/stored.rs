//! A site in the store of the daemon, written as the daemon writes it and read as it is read at a start, down to the
//! compiled index: every row checked, the journal's chain too, though that is short here.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use rackward::store::Store;
use rackward_core::id::Generation;
use rackward_core::people::index::People;
use rackward_core::{Batch, RecordChange, Records};

/// Rows written in one transaction. More would take memory, fewer would take syncs.
const TRANSACTION_ROWS: usize = 20_000;

/// Writes all records into a new store in `dir`.
///
/// # Errors
/// The disk or the store refuses.
pub fn write(dir: &Path, records: &Records) -> Result<()> {
    runtime()?.block_on(async {
        let (mut store, _) = Store::open(dir).await.context("make a store")?;
        // A store without counters looks as if it had lost them.
        let counters = RecordChange::Counters { generation: Generation::new(1), last_alarm: records.last_alarm };
        let mut changes = core::iter::once(counters).chain(rows(records)).peekable();
        while changes.peek().is_some() {
            let some = changes.by_ref().take(TRANSACTION_ROWS).collect();
            store.commit(&Batch { entries: Vec::new(), changes: some }).await.context("write rows")?;
        }
        store.close().await.context("close the store")
    })
}

/// Opens the store in `dir` as a start does and compiles the index from what it holds.
///
/// # Errors
/// The store cannot be opened, or holds fewer people than `people`.
pub fn load(dir: &Path, people: usize) -> Result<People> {
    runtime()?.block_on(async {
        let (store, loaded) = Store::open(dir).await.context("open the store")?;
        ensure!(loaded.records.persons.len() == people, "the store holds {} people", loaded.records.persons.len());
        let index = super::compile(&loaded.records)?;
        store.close().await.context("close the store")?;
        Ok(index)
    })
}

fn rows(records: &Records) -> impl Iterator<Item = RecordChange> + '_ {
    let schedules = records.schedules.iter().map(|(id, row)| RecordChange::Schedule(*id, Some(row.clone())));
    let profiles = records.profiles.iter().map(|(id, profile)| RecordChange::Profile(*id, Some(profile.clone())));
    let persons = records.persons.values().map(|person| RecordChange::Person(person.clone()));
    let credentials = records.credentials.values().map(|credential| RecordChange::Credential(credential.clone()));
    let grants = records.grants.values().map(|grant| RecordChange::Grant(grant.clone()));
    schedules.chain(profiles).chain(persons).chain(credentials).chain(grants)
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().context("start a runtime")
}
