//! The list of controls, `infra/tests/controls.json`: how each is taken out, and which judge must then say what.

use std::path::Path;

use anyhow::Context as _;
use serde::Deserialize;

use crate::terraform::BOOTSTRAP;

pub const LIST: &str = "infra/tests/controls.json";
/// How the identifiers of checkov's checks begin.
const CHECKOV: &str = "CKV";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    #[expect(dead_code, reason = "for people who read the list")]
    what: String,
    controls: Vec<Control>,
}

/// One control, how it is taken out, and what notices.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Control {
    #[serde(rename = "control")]
    pub name: String,
    /// A file below infra/.
    pub file: String,
    /// What stands there, exactly once.
    pub find: String,
    /// What takes its place.
    pub replace: String,
    /// A test file below infra/, or a check of checkov.
    pub test: String,
    /// What must fail: an assertion's words; the name of a run that expects a failure; for checkov, the resource.
    pub assertion: String,
}

/// What notices that a control is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judge<'a> {
    /// `terraform test` with this file only.
    TerraformTest(&'a str),
    /// checkov with this check only, on this folder.
    Checkov { check: &'a str, folder: &'a str },
}

impl Control {
    pub fn judge(&self) -> Judge<'_> {
        if self.test.starts_with(CHECKOV) {
            Judge::Checkov {
                check: &self.test,
                folder: self.root_module(),
            }
        } else {
            Judge::TerraformTest(&self.test)
        }
    }

    /// The root module that the file belongs to, below infra/.
    pub fn root_module(&self) -> &'static str {
        let is_bootstrap = Path::new(&self.file).starts_with(BOOTSTRAP);
        if is_bootstrap { BOOTSTRAP } else { "." }
    }
}

/// Reads the list, in its order.
pub fn read(root: &Path) -> anyhow::Result<Vec<Control>> {
    let list: List =
        serde_json::from_str(&crate::read(root, LIST)?).with_context(|| format!("{LIST} cannot be used"))?;
    let mut names: Vec<&str> = list.controls.iter().map(|control| control.name.as_str()).collect();
    names.sort_unstable();
    if let Some((name, _)) = names.iter().zip(names.iter().skip(1)).find(|(name, next)| name == next) {
        anyhow::bail!("{LIST} has '{name}' twice");
    }
    Ok(list.controls)
}

/// The judges, each once, in the order of the list.
pub fn judges(controls: &[Control]) -> Vec<Judge<'_>> {
    let mut judges = Vec::new();
    for control in controls {
        if !judges.contains(&control.judge()) {
            judges.push(control.judge());
        }
    }
    judges
}

/// So many of the controls, always the same: from as many test files as can be (all of checkov counts as one), evenly over those, and
/// evenly over the controls of each.
pub fn sample(controls: &[Control], count: usize) -> Vec<Control> {
    let mut groups: Vec<(&str, Vec<&Control>)> = Vec::new();
    for control in controls {
        let key = match control.judge() {
            Judge::TerraformTest(file) => file,
            Judge::Checkov { .. } => CHECKOV,
        };
        match groups.iter_mut().find(|(name, _)| *name == key) {
            Some((_, group)) => group.push(control),
            None => groups.push((key, vec![control])),
        }
    }
    let sizes: Vec<usize> = groups.iter().map(|(_, group)| group.len()).collect();
    let shares = shares(&sizes, count);
    groups
        .iter()
        .zip(shares)
        .flat_map(|((_, group), share)| spread(group.len(), share).map(|index| group[index].clone()))
        .collect()
}

// How many each group gives, so that no group gives two before each has given one, and so on.
fn shares(sizes: &[usize], count: usize) -> Vec<usize> {
    let mut shares = vec![0; sizes.len()];
    let mut left = count.min(sizes.iter().sum());
    while left > 0 {
        let open: Vec<usize> = (0..sizes.len())
            .filter(|group| shares[*group] < sizes[*group])
            .collect();
        let taken = left.min(open.len());
        for index in spread(open.len(), taken) {
            shares[open[index]] += 1;
        }
        left -= taken;
    }
    shares
}

// `count` of the indices below `length`, evenly: the middle of each of `count` equal parts.
fn spread(length: usize, count: usize) -> impl Iterator<Item = usize> {
    (0..count).map(move |part| (2 * part + 1) * length / (2 * count))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn controls(sizes: &[usize]) -> Vec<Control> {
        let mut controls = Vec::new();
        for (group, size) in sizes.iter().enumerate() {
            controls.extend((0..*size).map(|index| Control {
                name: format!("{group}.{index}"),
                file: "main.tf".to_owned(),
                find: String::new(),
                replace: String::new(),
                test: format!("tests/{group}.tftest.hcl"),
                assertion: String::new(),
            }));
        }
        controls
    }

    fn names(controls: &[Control], count: usize) -> Vec<String> {
        sample(controls, count)
            .into_iter()
            .map(|control| control.name)
            .collect()
    }

    #[test]
    fn a_sample_is_even_over_files_and_within_them() {
        let controls = controls(&[11, 3, 3, 4]);
        assert_eq!(names(&controls, 2), ["1.1", "3.2"]);
        assert_eq!(names(&controls, 4), ["0.5", "1.1", "2.1", "3.2"]);
        assert_eq!(names(&controls, 6), ["0.5", "1.0", "1.2", "2.1", "3.1", "3.3"]);
    }

    #[test]
    fn a_sample_has_so_many_and_none_twice() {
        let controls = controls(&[11, 1, 3, 1, 12]);
        for count in 0..=28 {
            let names = names(&controls, count);
            assert_eq!(names.len(), count);
            assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), count);
        }
        assert_eq!(names(&controls, 100).len(), 28);
    }

    #[test]
    fn a_test_file_is_left_out_only_where_the_sample_is_too_small() {
        let controls = controls(&[11, 1, 3, 1, 12]);
        for count in 5..=28 {
            let sample = sample(&controls, count);
            assert_eq!(judges(&sample).len(), 5, "{count}");
        }
    }

    #[test]
    fn the_list_can_be_used_and_names_what_is_there() {
        let root = crate::root();
        let controls = read(&root).unwrap();
        for control in controls {
            let text = std::fs::read_to_string(root.join("infra").join(&control.file)).unwrap();
            assert_eq!(text.matches(&control.find).count(), 1, "{}", control.name);
            if let Judge::TerraformTest(file) = control.judge() {
                let judge = std::fs::read_to_string(root.join("infra").join(file)).unwrap();
                assert!(
                    judge.contains(&format!("error_message = \"{}\"", control.assertion))
                        || judge.contains(&format!("run \"{}\" {{", control.assertion)),
                    "{}",
                    control.name
                );
            }
        }
    }
}
