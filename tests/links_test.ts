import { assertEquals } from "@std/assert";

const ROOT = new URL("..", import.meta.url);

/** The documents of a directory and, below docs/, of its subdirectories. */
async function documentsIn(directory: string): Promise<string[]> {
  const documents: string[] = [];
  const entries = Deno.readDir(new URL(directory, ROOT));
  for await (const { name, isDirectory } of entries) {
    const path = `${directory}${name}`;
    if (isDirectory && path.startsWith("docs/")) {
      documents.push(...await documentsIn(`${path}/`));
    } else if (name.endsWith(".md")) {
      documents.push(path);
    }
  }
  return documents;
}

/** The text of a document without its blocks of code. */
async function prose(document: URL): Promise<string> {
  const text = await Deno.readTextFile(document);
  return text.replace(/^```.*?^```$/gms, "");
}

/** The anchors of a document: those that GitHub makes of headings, and its own. */
async function anchors(document: URL): Promise<string[]> {
  const text = await prose(document);
  const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading.toLowerCase().replace(/[^\w\- ]/g, "").replaceAll(" ", "-")
  );
  const own = [...text.matchAll(/<a id="([^"]+)"/g)].map(([, id = ""]) => id);
  return [...headings, ...own];
}

async function exists(file: URL): Promise<boolean> {
  try {
    await Deno.stat(file);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Whether a relative link leads to a file and, if it names one, to an anchor. */
async function leadsSomewhere(link: string, from: URL): Promise<boolean> {
  const target = new URL(link, from);
  const anchor = target.hash.slice(1);
  if (!await exists(target)) return false;
  return anchor === "" || (await anchors(target)).includes(anchor);
}

for (
  const path of [...await documentsIn(""), ...await documentsIn("docs/")]
) {
  const document = new URL(path, ROOT);

  Deno.test(`${path}: every relative link leads to a file and a heading`, async () => {
    const links = [...(await prose(document)).matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, link = ""]) => link)
      .filter((link) => !/^\w+:/.test(link));
    const dead: string[] = [];
    for (const link of links) {
      if (!await leadsSomewhere(link, document)) dead.push(link);
    }
    assertEquals(dead, []);
  });

  Deno.test(`${path}: every file that it names exists`, async () => {
    const named = (await prose(document)).matchAll(
      /`((?:\.ci|\.github|bench|docs|lib|tests|tools)\/[\w./-]+)`/g,
    );
    const missing: string[] = [];
    for (const [, file = ""] of named) {
      if (!await exists(new URL(file, ROOT))) missing.push(file);
    }
    assertEquals(missing, []);
  });
}
