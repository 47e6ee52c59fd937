//! Where places and devices lie. An entry about a device is found by its door and the areas around it as well, and that is put
//! into the index with the entry. Where a door has come into another area since, the index says what is no longer so; it is
//! then made anew. What was added to the site, or is gone from it, changes nothing about entries that are there.

use std::collections::BTreeMap;

use rackward_core::Site;
use rackward_dashboard::query::{Field, Marks, Value};
use sqlx::{Row as _, SqliteConnection};

/// For each place and device, by field and number, what an entry about it is found by as well.
pub(super) type Lying = BTreeMap<(u8, u32), String>;

/// Where everything at `site` lies.
pub(super) fn lying(site: &Site) -> Lying {
    let doors = site.doors().map(|one| (Field::Door, one.id.get()));
    let points = site.points().map(|one| (Field::Point, one.id.get()));
    let devices = site.devices().map(|one| (Field::Device, one.id.get()));
    let areas = site.areas().map(|one| (Field::Area, one.id.get()));
    let all = doors.chain(points).chain(devices).chain(areas);
    all.map(|(field, number)| ((field.number(), number), brought_along(&Marks::of_place(field, number, site))))
        .collect()
}

fn brought_along(marks: &Marks) -> String {
    let mut ids: Vec<(u8, u32)> = marks
        .iter()
        .filter_map(|mark| match mark.value {
            Value::Id(number) => Some((mark.field.number(), number)),
            Value::Word(_) => None,
        })
        .collect();
    ids.sort_unstable();
    ids.iter().map(|(field, number)| format!("{field}:{number}")).collect::<Vec<_>>().join(" ")
}

/// How many of the places that were there before lie elsewhere now.
pub(super) fn moved(before: &Lying, now: &Lying) -> usize {
    before.iter().filter(|(place, lay)| now.get(*place).is_some_and(|lies| lies != *lay)).count()
}

/// Where everything lay when the index was last filled.
pub(super) async fn read(connection: &mut SqliteConnection) -> Result<Lying, sqlx::Error> {
    let rows = sqlx::query("SELECT field, id, along FROM lying").fetch_all(connection).await?;
    rows.iter().map(|row| Ok(((row.try_get(0)?, row.try_get(1)?), row.try_get(2)?))).collect()
}

/// Keeps where everything lies, and forgets nothing of what is gone: entries about it are still there.
pub(super) async fn write(connection: &mut SqliteConnection, lying: &Lying) -> Result<(), sqlx::Error> {
    let rows: Vec<String> = lying.iter().map(|((field, id), along)| format!("[{field},{id},\"{along}\"]")).collect();
    let insert = "INSERT INTO lying SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?) WHERE true \
                  ON CONFLICT DO UPDATE SET along = excluded.along";
    sqlx::query(insert).bind(format!("[{}]", rows.join(","))).execute(connection).await.map(drop)
}
