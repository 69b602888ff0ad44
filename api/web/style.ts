/** The one stylesheet. It follows the reader's light or dark, and needs no more than a phone's width. */
export const STYLE = `:root { color-scheme: light dark; --line: #8886; --soft: #8881; --paper: #fbfaf7; --ink: #1d2326; --link: #0b5a6f; }
@media (prefers-color-scheme: dark) { :root { --paper: #14181a; --ink: #e9ecea; --link: #7fcbe0; } }
html { background: var(--paper); color: var(--ink); }
a { color: var(--link); }
* { box-sizing: border-box; }
body { margin: 0; font: 1rem/1.5 system-ui, sans-serif; }
main, footer { max-width: 46rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.5rem; line-height: 1.25; }
h2 { font-size: 1.15rem; margin-top: 2rem; }
h3 { font-size: 1rem; overflow-wrap: anywhere; }
.verdict { border: 2px solid; border-radius: 0.5rem; padding: 0.25rem 1rem; background: var(--soft); }
dl { display: grid; grid-template-columns: minmax(8rem, max-content) 1fr; gap: 0.25rem 1rem; }
dt { font-weight: 600; }
dd { margin: 0; overflow-wrap: anywhere; }
code, pre { font-family: ui-monospace, monospace; overflow-wrap: anywhere; }
pre { overflow-x: auto; padding: 0.5rem; background: var(--soft); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: 0.25rem 0.5rem; border-bottom: 1px solid var(--line); }
:target { outline: 2px solid; }
footer { border-top: 1px solid var(--line); font-size: 0.9rem; }
@media (max-width: 30rem) { dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: 0.5rem; } }
`;
