//! The layouts of `fit`, before the real Biome.

use std::path::Path;

use super::biome::Biome;

/// Titles of shapes that differ, each with the first layout that does.
fn differences(ours: &str, biomes: &str) -> String {
    let blocks = |text: &str| text.split("\n\n").map(str::to_owned).collect::<Vec<_>>();
    let (ours, biomes) = (blocks(ours), blocks(biomes));
    let differing = ours.iter().zip(&biomes).filter(|(ours, biomes)| ours != biomes);
    differing
        .map(|(ours, biomes)| {
            let line = ours.lines().zip(biomes.lines()).position(|(ours, biomes)| ours != biomes).unwrap_or_default();
            let shown = |text: &str| text.lines().skip(line.saturating_sub(3)).take(9).collect::<Vec<_>>().join("\n");
            format!(
                "{}\n-- ours\n{}\n-- Biome\n{}\n",
                ours.lines().next().unwrap_or_default(),
                shown(ours),
                shown(biomes)
            )
        })
        .collect()
}

#[test]
fn biome_leaves_the_corpus_as_it_is() {
    let confirmed = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/fit/corpus.tsx");
    let changed = confirmed.with_extension("tsx.new");
    let asked = if changed.exists() { &changed } else { &confirmed };
    let written = std::fs::read_to_string(asked).unwrap();
    let formatted = Biome::install().formatted("corpus.tsx", &written);
    assert!(written == formatted, "Biome changed the corpus:\n{}", differences(&written, &formatted));
    if asked == &changed {
        std::fs::rename(&changed, &confirmed).unwrap();
    }
}
