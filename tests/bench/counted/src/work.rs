//! The pieces of work. Each checks in every repetition that it was done.

use std::hint::black_box;

use keyward_shared::keys::using::{Selection, resolve, sign};

use crate::{
    Failed,
    keys::{Deed, SAMPLES, Sample},
    world::{World, caller, moment},
};

/// A piece of work.
pub(crate) enum Work {
    /// A key is read, its secrets are opened, and it signs, or hands out its values. The ports are in memory.
    Use(&'static Sample),
}

impl Work {
    /// All of it, by name.
    pub(crate) fn all() -> Vec<(String, Self)> {
        let mut all = Vec::new();
        for sample in SAMPLES {
            let verb = match sample.deed {
                Deed::Sign => "sign",
                Deed::Resolve => "open",
            };
            all.push((format!("{verb} {}", sample.name), Self::Use(sample)));
        }
        all
    }

    /// Does it so many times.
    pub(crate) async fn repeat(self, times: usize) -> Result<(), Failed> {
        match self {
            Self::Use(sample) => use_key(sample, times).await,
        }
    }
}

async fn use_key(sample: &Sample, times: usize) -> Result<(), Failed> {
    let (world, key) = World::with(sample.draft()?).await?;
    let (caller, selection) = (caller()?, Selection::default());
    for _ in 0..times {
        match sample.deed {
            Deed::Sign => {
                let what = (&key.id, &selection);
                black_box(sign(&world, &world, &world, moment(), &caller, what, sample.ask()).await?);
            }
            Deed::Resolve => {
                black_box(resolve(&world, &world, moment(), &caller, &key.id, &selection).await?);
            }
        }
    }
    Ok(())
}
