/** How a badge looks: it takes letters and colours of the page around it, and needs no more than a line. */
export const BADGE_STYLE = `
:host { display: inline-block; max-width: 100%; }
:host([hidden]) { display: none; }
a {
  display: inline-flex; align-items: first baseline; gap: 0.5em; max-width: 100%;
  box-sizing: border-box; padding: 0.3em 0.7em; border: 1px solid currentColor; border-radius: 0.6em;
  color: inherit; text-decoration: none; line-height: 1.3;
}
a:hover .verdict, a:focus-visible .verdict { text-decoration: underline; }
a:focus-visible { outline: 2px solid currentColor; outline-offset: 2px; }
.mark { flex: none; inline-size: 0.8em; block-size: 0.8em; translate: 0 0.08em; border: 0.16em solid currentColor; border-radius: 50%; }
[data-verdict="registered_original"] .mark, [data-verdict="same_picture_data"] .mark { background: currentColor; box-shadow: inset 0 0 0 0.1em Canvas; }
[data-verdict="declared_edit"] .mark { background: linear-gradient(90deg, currentColor 50%, transparent 50%); }
[data-verdict="not_found"] .mark, [data-verdict="pending"] .mark, [data-verdict="unknown"] .mark { border-style: dotted; }
small { opacity: 0.85; font-size: 0.8em; }
@media (forced-colors: active) { a { border-color: LinkText; color: LinkText; } }
`;
