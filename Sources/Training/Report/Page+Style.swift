extension Page {
  /// Colours of curves and of their names, by number.
  private static let series = (0..<seriesCount).map { number in
    ".s\(number){stroke:var(--c\(number))}circle.s\(number){fill:var(--c\(number))}.key.s\(number){color:var(--c\(number))}"
  }.joined()

  /// Curves that are told apart by colour.
  static let seriesCount = 8

  /// Light and dark by the reader's choice, one column on a phone, everything open on paper.
  static let style = """
    :root{--ink:#1d2129;--soft:#667085;--line:#e3e6eb;--page:#fff;--card:#f7f8fa;--c0:#2563c9;--c1:#d9660b;
    --c2:#1a8a4a;--c3:#a13fb5;--c4:#b8860b;--c5:#c0392b;--c6:#0f8b8d;--c7:#5d6d7e}
    @media(prefers-color-scheme:dark){:root{--ink:#e6e8ec;--soft:#98a2b3;--line:#343a46;--page:#14171c;--card:#1c2027;
    --c0:#7fb0ff;--c1:#ffab66;--c2:#6fd39a;--c3:#d99bea;--c4:#e6c25a;--c5:#ff8a80;--c6:#6fd6d8;--c7:#aab7c4}}
    *{box-sizing:border-box}body{margin:0;background:var(--page);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
    main{max-width:1180px;margin:auto;padding:20px 16px 60px}h1{font-size:1.5rem;overflow-wrap:anywhere;margin:0}
    h2{font-size:1.15rem;margin:2.2rem 0 .7rem}small,p,output{color:var(--soft)}
    .tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(130px,1fr));gap:10px}
    .tiles div,figure{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:10px 12px;margin:0}
    .tiles b{display:block;font-size:1.3rem}
    .grid2{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,420px),1fr));gap:14px;
    align-items:start}
    svg{width:100%;height:auto;display:block}svg text{font-size:12px;fill:var(--soft)}.grid{stroke:var(--line)}
    polyline{fill:none;stroke-width:2}\(series)
    .key{font-size:.85rem;margin-left:10px;white-space:nowrap}
    img{width:100%;height:auto;image-rendering:pixelated;border-radius:4px}img[hidden]{display:none}
    input[type=range]{width:100%}
    .bars{display:flex;align-items:flex-end;height:170px;gap:2px;padding-bottom:20px}
    .bars div{flex:1;min-width:3px;min-height:1px;background:var(--c0);position:relative}
    .bars i{position:absolute;bottom:-19px;left:50%;transform:translateX(-50%);font:10px system-ui;color:var(--soft)}
    .scroll{overflow-x:auto}table{border-collapse:collapse;font-size:.92rem}
    th,td{text-align:left;font-weight:400;padding:4px 16px 4px 0;border-bottom:1px solid var(--line);white-space:nowrap}
    th{color:var(--soft)}pre{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:12px;
    overflow:auto;font-size:.85rem}
    .print{display:none}
    @media print{body{font-size:11px}figure,.tiles div{break-inside:avoid}h2{break-after:avoid}input,output{display:none}
    .grid2{grid-template-columns:1fr 1fr}.print{display:inline}.time img,.time img[hidden]{display:inline;width:32%}
    pre{columns:2;font-size:8px;overflow:visible;white-space:pre-wrap}table{font-size:9px}.bars{height:110px}}
    """
}
