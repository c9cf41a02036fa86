/** The look of a report, on screen and on A4. */
import { FONTS } from './chart-parts.ts';

export const STYLE = `
:root{--ink:#22303f;--soft:#66727f;--line:#dde3e9;--blue:#1f5f8b;--red:#b8402a;--amber:#b07a10;--green:#2d7a4b;--paper:#fff;--wash:#f5f7f9}
*{box-sizing:border-box}
body{margin:0;background:var(--wash);color:var(--ink);font:15px/1.7 ${FONTS};-webkit-print-color-adjust:exact;print-color-adjust:exact}
main{max-width:1040px;margin:24px auto;padding:44px 52px;background:var(--paper);border:1px solid var(--line)}
header{border-bottom:3px solid var(--blue);padding-bottom:18px;margin-bottom:22px}
h1{font-size:28px;line-height:1.3;margin:0 0 6px}
h2{font-size:19px;margin:38px 0 10px;padding-bottom:6px;border-bottom:1px solid var(--line);display:flex;align-items:baseline;gap:10px}
h2 .n{color:var(--blue);font-variant-numeric:tabular-nums}
h2 .state{margin-left:auto;font-size:12px;font-weight:500}
h3{font-size:15px;margin:20px 0 6px}
p{margin:6px 0}
.sub,.note,caption{color:var(--soft);font-size:13px}
.banner{background:#fff6e0;border-left:4px solid var(--amber);padding:8px 14px;margin:12px 0;font-size:14px}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px;margin:18px 0}
.card{border:1px solid var(--line);border-top:3px solid var(--blue);padding:10px 14px}
.card b{display:block;font-size:26px;line-height:1.25;font-variant-numeric:tabular-nums;font-weight:600}
.card span{color:var(--soft);font-size:12px;display:block}
nav ol{columns:2;padding-left:24px;margin:8px 0;font-size:14px}
nav a{color:inherit;text-decoration:none}
table{border-collapse:collapse;width:100%;margin:10px 0 16px;font-size:13.5px;font-variant-numeric:tabular-nums}
caption{text-align:left;padding:0 0 4px}
th,td{padding:5px 10px;border-bottom:1px solid var(--line);text-align:left;vertical-align:top;overflow-wrap:break-word}
th{background:var(--wash);font-weight:600}
td.num,th.num{text-align:right;white-space:nowrap}
.plots{display:grid;grid-template-columns:repeat(auto-fill,minmax(430px,1fr));gap:14px;margin:12px 0}
figure{margin:0;border:1px solid var(--line);padding:10px}
figure svg{display:block;width:100%;height:auto}
.open{border:1px dashed var(--amber);background:#fffaf0;padding:7px 12px;margin:7px 0;font-size:14px}
.open b{color:var(--amber);margin-right:8px}
.answer{border-left:3px solid var(--line);padding:2px 12px;margin:7px 0;white-space:pre-line}
.answer b{display:block;font-size:12px;color:var(--soft);font-weight:500}
.green{color:var(--green)}.yellow{color:var(--amber)}.red{color:var(--red)}
.verdict{display:flex;gap:28px;font-size:16px;margin:14px 0}
.verdict span::before{content:"☐ "}
.sign{display:grid;grid-template-columns:repeat(3,1fr);gap:30px;margin:34px 0 8px}
.sign div{border-top:1px solid var(--ink);padding-top:4px;font-size:12px;color:var(--soft)}
footer{margin-top:40px;border-top:1px solid var(--line);padding-top:10px;color:var(--soft);font-size:12px}
code{font-family:ui-monospace,"DejaVu Sans Mono",monospace;font-size:12px;overflow-wrap:anywhere}
@media(max-width:700px){main{padding:20px;margin:0}.plots{grid-template-columns:1fr}nav ol{columns:1}}
@page{size:A4;margin:16mm 14mm}
@media print{body{background:none;font-size:10.5pt;line-height:1.55}main{max-width:none;margin:0;padding:0;border:0}
h1{font-size:20pt}h2{font-size:13.5pt;break-after:avoid}h3{break-after:avoid}table{font-size:9pt}thead{display:table-header-group}
tr,figure,.open,.answer,.cards,.sign{break-inside:avoid}.plots{grid-template-columns:1fr 1fr;gap:8px}figure{padding:5px}.card b{font-size:17pt}}
`;
