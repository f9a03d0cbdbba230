//! Which function runs. On AWS each is a process of its own. Elsewhere they share one, and what observes or remembers their calls has
//! to tell them apart.

tokio::task_local! {
    /// The name of the function that runs.
    pub static RUNNING: &'static str;
}

/// The name of the function that runs; nothing outside of one.
#[must_use]
pub(crate) fn now() -> &'static str {
    RUNNING.try_with(|name| *name).unwrap_or_default()
}
