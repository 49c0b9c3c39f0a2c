/// The page's style sheet: light and dark by the reader's setting, light on paper.
enum Style {
    static let sheet = """
        :root{--paper:#fff;--card:#f6f7f9;--ink:#1b2330;--quiet:#566072;--rule:#d9dee6;--fade:#d5dae4;
        --gate:#d3ebe1;--good:#0a7a53;--watch:#a35c00;--bad:#b3261e;
        --c0:#0067a5;--c1:#c84c00;--c2:#00805c;--c3:#a8488a;--c4:#8a6d00;--c5:#5b5fc7}
        @media screen and (prefers-color-scheme:dark){:root{--paper:#12161d;--card:#1b212b;--ink:#e8ecf2;
        --quiet:#a3adbd;--rule:#333c4a;--fade:#353f4f;--gate:#1d3d33;--good:#4fd1a1;--watch:#f0b35a;
        --bad:#ff8a80;--c0:#62b5f0;--c1:#ff9457;--c2:#46d3a6;--c3:#e79fcf;--c4:#e3c44f;--c5:#a9acff}}
        *{box-sizing:border-box}
        body{margin:0;background:var(--paper);color:var(--ink);
        font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif}
        main{max-width:1180px;margin:0 auto;padding:28px 22px 60px}
        h1{font-size:1.75rem;line-height:1.2;margin:0}h2{font-size:1.2rem;margin:38px 0 12px}h3{font-size:1rem;margin:20px 0 8px}
        .sub{color:var(--quiet);margin:6px 0 0}
        .badge{display:inline-block;vertical-align:middle;margin-left:12px;padding:3px 10px;
        border:2px solid var(--watch);border-radius:5px;color:var(--watch);
        font-size:.85rem;font-weight:700;letter-spacing:.06em}
        .tiles{display:grid;gap:12px;grid-template-columns:repeat(auto-fill,minmax(142px,1fr));margin:22px 0 0}
        .tile{background:var(--card);border-left:4px solid var(--rule);border-radius:6px;padding:10px 12px}
        .tile b{display:block;font-size:1.4rem;line-height:1.25;font-variant-numeric:tabular-nums}
        .tile span{color:var(--quiet);font-size:.88rem;display:block}
        .tile.good{border-color:var(--good)}.tile.watch{border-color:var(--watch)}.tile.bad{border-color:var(--bad)}
        .good em{color:var(--good)}.watch em{color:var(--watch)}.bad em{color:var(--bad)}
        .tile em{font-style:normal;font-weight:600}
        .plots{display:grid;gap:18px;grid-template-columns:repeat(auto-fill,minmax(min(100%,500px),1fr))}
        .small{grid-template-columns:repeat(auto-fill,minmax(min(100%,250px),1fr))}
        figure{margin:0;background:var(--card);border-radius:8px;padding:12px 12px 6px;break-inside:avoid}
        figcaption{font-weight:600}
        svg{width:100%;height:auto;display:block;margin-top:6px}
        svg text{fill:var(--quiet);font-size:11.5px;font-variant-numeric:tabular-nums}
        svg text.label{fill:var(--ink);font-size:12px}
        .grid{stroke:var(--rule);stroke-width:1}.tick,.axis{stroke:var(--quiet);stroke-width:1}
        .fade,.fade-key{fill:var(--fade);background:var(--fade)}.gate,.gate-key{fill:var(--gate);background:var(--gate)}
        .line{fill:none;stroke-width:1.8;stroke-linejoin:round;stroke-linecap:round}
        .sky{max-width:620px}.sky .dark{stroke:var(--c0)}.sky .light{stroke:var(--c1)}
        .sky .ring{fill:none;stroke:var(--rule)}.sky .low{fill:none;stroke:var(--quiet);stroke-dasharray:4 4}
        .sky .start{fill:var(--paper);stroke-width:1.5}.b-dark{background:var(--c0)}.b-light{background:var(--c1)}
        .spot{fill:var(--c0)}
        .dots{fill:none;stroke-width:3.4;stroke-linecap:round;opacity:.55}
        .legend{display:flex;flex-wrap:wrap;gap:2px 16px;margin:3px 0 0;font-size:.86rem;color:var(--quiet)}
        .legend em{font-style:normal}
        .legend i{display:inline-block;width:18px;height:3px;border-radius:2px;margin-right:6px;vertical-align:middle}
        .legend i.dot{width:7px;height:7px;border-radius:50%}
        .legend i.fade-key,.legend i.gate-key{height:12px;border:1px solid var(--rule)}
        \((0..<6).map { ".c\($0){stroke:var(--c\($0))}.b\($0){background:var(--c\($0))}" }.joined())
        .scroll{overflow-x:auto}.plots+.scroll{margin-top:14px}td.word,th.word{text-align:left}
        table{border-collapse:collapse;font-variant-numeric:tabular-nums;width:100%;font-size:.95rem}
        th,td{padding:6px 12px;border-bottom:1px solid var(--rule);text-align:right;white-space:nowrap}
        th{color:var(--quiet);font-weight:600}
        th:first-child,td:first-child,.words td,.words th{text-align:left}.words td:last-child{white-space:normal;width:99%;min-width:11em;overflow-wrap:anywhere}
        td.bar{width:45%;text-align:left}td.bar i{display:block;height:12px;border-radius:2px;background:var(--c0);min-width:1px}
        .none{color:var(--quiet);margin:4px 0}
        td.good{color:var(--good)}td.watch{color:var(--watch)}td.bad{color:var(--bad)}
        pre{background:var(--card);border-radius:6px;padding:14px;overflow-x:auto;font-size:.85rem;line-height:1.45}
        summary{cursor:pointer}td code{font-size:.78rem}
        @media screen and (max-width:600px){main{padding:20px 14px 40px}table{font-size:.79rem}th,td{padding:6px 5px}
        th{white-space:normal;vertical-align:bottom}td.bar{display:none}
        .wide svg text,.wide svg text.label{font-size:15px}}
        @media print{body{font-size:11pt}main{max-width:none;padding:0}h2{break-after:avoid}
        .plots{grid-template-columns:1fr 1fr;gap:8px}.small{grid-template-columns:repeat(4,1fr)}
        .tiles{grid-template-columns:repeat(4,1fr)}
        *{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
        """
}
