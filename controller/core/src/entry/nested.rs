//! The facts of one subject each, in files of their own because there are many: devices and buses, rights on them, alarms after
//! they were raised, operators, webhooks, what the desk keeps, floor plans, site files, what other registers say, access reviews,
//! alerts, stills of cameras. They are entries like all others (`entry.rs`).

mod alarm;
mod alert;
mod camera;
mod desk;
mod device;
mod files;
mod offline;
mod operator;
mod plan;
mod register;
mod review;
mod webhook;

pub use alarm::AlarmEntry;
pub use alert::AlertEntry;
pub use camera::CameraEntry;
pub use desk::DeskEntry;
pub use device::DeviceEntry;
pub use files::FilesEntry;
pub use offline::OfflineEntry;
pub use operator::OperatorEntry;
pub use plan::PlanEntry;
pub use register::RegisterEntry;
pub use review::ReviewEntry;
pub use webhook::WebhookEntry;
