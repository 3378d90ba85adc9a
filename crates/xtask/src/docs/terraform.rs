//! The tables of infra/: its .tf files enter; what each README says of modules, inputs and outputs leaves.
//!
//! Folders are found and files are read whole, so a module, a variable or an output that nobody wrote down cannot exist.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Component, Path, PathBuf};

use anyhow::Context as _;
use hcl_edit::expr::Expression;
use hcl_edit::structure::{Block, Body};

const INFRA: &str = "infra";
const MODULES: &str = "infra/modules";
/// A root module of its own.
const BOOTSTRAP: &str = "infra/bootstrap";
const README: &str = "README.md";
/// The marks of terraform-docs, which editors and reviewers know.
const BEGIN: &str = "<!-- BEGIN_TF_DOCS: made by cargo xtask docs from the .tf files -->";
const END: &str = "<!-- END_TF_DOCS -->";

/// The text of each README below infra/, with its tables as the .tf files are now: path and text.
pub fn documents(root: &Path) -> anyhow::Result<Vec<(String, String)>> {
    let names = folders(&root.join(MODULES))?;
    let folder_of = |name: &String| format!("{MODULES}/{name}");
    let mut folders = vec![INFRA.to_owned(), BOOTSTRAP.to_owned()];
    folders.extend(names.iter().map(folder_of));
    let mut modules = BTreeMap::new();
    let mut readmes = BTreeMap::new();
    for folder in &folders {
        modules.insert(folder.as_str(), Module::read(&root.join(folder), folder)?);
        readmes.insert(folder.as_str(), crate::read(root, &format!("{folder}/{README}"))?);
    }
    let mut documents = Vec::new();
    for (folder, module) in &modules {
        let mut tables = String::new();
        if *folder == INFRA {
            tables = module_table(&names, &modules, &readmes)?;
        }
        module.write_tables(&mut tables)?;
        let path = format!("{folder}/{README}");
        let text = with_tables(&readmes[folder], &tables).with_context(|| path.clone())?;
        documents.push((path, text));
    }
    Ok(documents)
}

/// What a folder of .tf files declares.
#[derive(Debug, Default, PartialEq, Eq)]
struct Module {
    inputs: Vec<Input>,
    outputs: Vec<Output>,
    /// The folders of the modules that it calls.
    calls: BTreeSet<String>,
}

#[derive(Debug, PartialEq, Eq)]
struct Input {
    name: String,
    meaning: String,
    type_name: String,
    /// None where a value must be given.
    default: Option<String>,
}

#[derive(Debug, PartialEq, Eq)]
struct Output {
    name: String,
    meaning: String,
}

impl Module {
    fn read(path: &Path, folder: &str) -> anyhow::Result<Self> {
        let mut module = Self::default();
        for file in files(path)? {
            let name = format!("{folder}/{file}");
            let text = std::fs::read_to_string(path.join(&file)).with_context(|| name.clone())?;
            module.add(&text, folder).with_context(|| name)?;
        }
        Ok(module)
    }

    fn add(&mut self, text: &str, folder: &str) -> anyhow::Result<()> {
        let body: Body = text.parse().context("cannot be read as HCL")?;
        for block in body.blocks() {
            match block.ident.as_str() {
                "variable" => self.inputs.push(Input {
                    name: label(block)?,
                    meaning: required_text(block, "description")?,
                    type_name: expression(block, "type")
                        .map(source)
                        .with_context(|| format!("variable {} has no type", label(block).unwrap_or_default()))?,
                    default: expression(block, "default").map(source),
                }),
                "output" => self.outputs.push(Output {
                    name: label(block)?,
                    meaning: required_text(block, "description")?,
                }),
                "module" => {
                    let called = required_text(block, "source")?;
                    self.calls.insert(normalized(&Path::new(folder).join(called))?);
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn write_tables(&self, text: &mut String) -> anyhow::Result<()> {
        if !self.inputs.is_empty() {
            text.push_str("## Inputs\n\n| name | meaning | type | default |\n|---|---|---|---|\n");
        }
        for input in &self.inputs {
            let default = input
                .default
                .as_ref()
                .map_or_else(|| "required".to_owned(), |value| code(value));
            let (name, meaning, type_name) = (&input.name, cell(&input.meaning), code(&input.type_name));
            writeln!(text, "| `{name}` | {meaning} | {type_name} | {default} |")?;
        }
        if !self.outputs.is_empty() {
            text.push_str("\n## Outputs\n\n| name | meaning |\n|---|---|\n");
        }
        for output in &self.outputs {
            writeln!(text, "| `{}` | {} |", output.name, cell(&output.meaning))?;
        }
        Ok(())
    }
}

// Every module with what its README says first, and who calls it. One that nobody calls is left over.
fn module_table(
    names: &[String],
    modules: &BTreeMap<&str, Module>,
    readmes: &BTreeMap<&str, String>,
) -> anyhow::Result<String> {
    let mut text = String::from("## Modules\n\n| module | what it makes | called by |\n|---|---|---|\n");
    for name in names {
        let folder = format!("{MODULES}/{name}");
        let callers: Vec<String> = modules
            .iter()
            .filter(|(_, module)| module.calls.contains(&folder))
            .map(|(caller, _)| match caller.strip_prefix(MODULES) {
                Some(caller) => caller.trim_start_matches('/').to_owned(),
                None => "this folder".to_owned(),
            })
            .collect();
        anyhow::ensure!(!callers.is_empty(), "{folder}: no module calls it");
        let purpose = purpose(&readmes[folder.as_str()], name).with_context(|| format!("{folder}/{README}"))?;
        writeln!(
            text,
            "| [{name}](modules/{name}/{README}) | {} | {} |",
            cell(&purpose),
            callers.join(", ")
        )?;
    }
    text.push('\n');
    Ok(text)
}

// The first paragraph of a README that is headed by the module's name.
fn purpose(readme: &str, name: &str) -> anyhow::Result<String> {
    let rest = readme
        .strip_prefix(&format!("# {name}\n\n"))
        .with_context(|| format!("does not begin with the heading '# {name}' and a paragraph"))?;
    let paragraph = rest.split("\n\n").next().unwrap_or_default();
    anyhow::ensure!(
        paragraph.ends_with('.'),
        "its first paragraph is no sentence that says what the module makes"
    );
    Ok(paragraph.replace('\n', " "))
}

fn with_tables(readme: &str, tables: &str) -> anyhow::Result<String> {
    let missing = || format!("has no line '{BEGIN}', followed by '{END}', for its tables");
    let (before, rest) = readme.split_once(BEGIN).with_context(missing)?;
    let (_, after) = rest.split_once(END).with_context(missing)?;
    Ok(format!("{before}{BEGIN}\n{}\n{END}{after}", tables.trim_end()))
}

fn label(block: &Block) -> anyhow::Result<String> {
    let [label] = block.labels.as_slice() else {
        anyhow::bail!("a {} must have one name", block.ident.as_str());
    };
    Ok(label.as_str().to_owned())
}

fn expression<'a>(block: &'a Block, name: &str) -> Option<&'a Expression> {
    block.body.get_attribute(name).map(|attribute| &attribute.value)
}

fn required_text(block: &Block, name: &str) -> anyhow::Result<String> {
    let text = expression(block, name).and_then(Expression::as_str).unwrap_or_default();
    anyhow::ensure!(
        !text.is_empty(),
        "{} {} has no {name}",
        block.ident.as_str(),
        label(block)?
    );
    Ok(text.to_owned())
}

// As it is written, on one line.
fn source(expression: &Expression) -> String {
    let text = expression.to_string();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn code(text: &str) -> String {
    format!("`{}`", cell(text))
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

// Without "." and "..": paths are compared by their text.
fn normalized(path: &Path) -> anyhow::Result<String> {
    let mut found = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => anyhow::ensure!(found.pop(), "{} leads out of the repository", path.display()),
            Component::CurDir => {}
            other => found.push(other),
        }
    }
    Ok(found.to_string_lossy().into_owned())
}

// Folders that hold Terraform, by name.
fn folders(path: &Path) -> anyhow::Result<Vec<String>> {
    let mut names = Vec::new();
    for name in entries(path)? {
        if path.join(&name).is_dir() && !files(&path.join(&name))?.is_empty() {
            names.push(name);
        }
    }
    Ok(names)
}

// What somebody's own work leaves beside the code is no part of it.
fn files(path: &Path) -> anyhow::Result<Vec<String>> {
    let mut names = entries(path)?;
    let is_terraform = |name: &str| Path::new(name).extension().is_some_and(|extension| extension == "tf");
    names.retain(|name| is_terraform(name) && !name.ends_with("_override.tf"));
    Ok(names)
}

fn entries(path: &Path) -> anyhow::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(path).with_context(|| format!("{} could not be read", path.display()))? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TF: &str = r#"
        variable "emails" {
          description = "Addresses that get alerts, comma | separated."
          type        = set(string)
          default     = []
        }

        variable "metric" {
          description = "The metric."
          type = object({
            name = string
          })
        }

        module "bucket" {
          source = "../bucket"
        }

        resource "aws_thing" "this" {
          description = "is no input"
        }

        output "arn" {
          description = "The ARN."
          value       = aws_thing.this.arn
        }
    "#;

    fn read(text: &str) -> anyhow::Result<Module> {
        let mut module = Module::default();
        module.add(text, "infra/modules/ingress")?;
        Ok(module)
    }

    #[test]
    fn tables_have_every_input_and_output() {
        let module = read(TF).unwrap();
        let mut tables = String::new();
        module.write_tables(&mut tables).unwrap();
        assert_eq!(
            tables,
            "## Inputs\n\n| name | meaning | type | default |\n|---|---|---|---|\n\
             | `emails` | Addresses that get alerts, comma \\| separated. | `set(string)` | `[]` |\n\
             | `metric` | The metric. | `object({ name = string })` | required |\n\
             \n## Outputs\n\n| name | meaning |\n|---|---|\n| `arn` | The ARN. |\n"
        );
        assert_eq!(module.calls, BTreeSet::from(["infra/modules/bucket".to_owned()]));
    }

    #[test]
    fn what_has_no_description_is_named() {
        let error = read("variable \"owner\" {\n  type = string\n}\n").unwrap_err();
        assert_eq!(error.to_string(), "variable owner has no description");
        let error = read("output \"arn\" {\n  value = 1\n}\n").unwrap_err();
        assert_eq!(error.to_string(), "output arn has no description");
        let error = read("variable \"owner\" {\n  description = \"The owner.\"\n}\n").unwrap_err();
        assert_eq!(error.to_string(), "variable owner has no type");
    }

    #[test]
    fn only_the_tables_of_a_readme_change() {
        let readme = format!("# x\n\nMakes x.\n\n{BEGIN}\nstale\n{END}\n\n## More\n");
        let text = with_tables(&readme, "fresh\n").unwrap();
        assert_eq!(text, format!("# x\n\nMakes x.\n\n{BEGIN}\nfresh\n{END}\n\n## More\n"));
        assert!(with_tables("# x\n\nMakes x.\n", "fresh").is_err());
    }

    #[test]
    fn a_readme_begins_with_the_name_and_a_sentence() {
        assert_eq!(purpose("# x\n\nMakes\nx.\n\nMore.\n", "x").unwrap(), "Makes x.");
        assert!(purpose("# y\n\nMakes x.\n", "x").is_err());
        assert!(purpose("# x\n\n```\nx\n```\n", "x").is_err());
    }

    #[test]
    fn a_module_that_nobody_calls_is_left_over() {
        let names = ["bucket".to_owned()];
        let readmes = BTreeMap::from([("infra/modules/bucket", "# bucket\n\nMakes a bucket.\n".to_owned())]);
        let modules = BTreeMap::from([("infra/modules/bucket", Module::default())]);
        let error = module_table(&names, &modules, &readmes).unwrap_err();
        assert_eq!(error.to_string(), "infra/modules/bucket: no module calls it");
    }

    #[test]
    fn every_folder_of_modules_is_in_the_list() {
        let root = crate::root();
        let documents = documents(&root).unwrap();
        let (_, list) = documents.iter().find(|(path, _)| path == "infra/README.md").unwrap();
        for name in folders(&root.join(MODULES)).unwrap() {
            assert!(
                list.contains(&format!("| [{name}](modules/{name}/README.md) |")),
                "{name}"
            );
        }
    }
}
