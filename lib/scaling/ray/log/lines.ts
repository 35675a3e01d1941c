/**
 * Pieces of a text as whole lines: give it each piece, and "" with `end` for what is left. Codes of colours and the
 * name of the process that Ray puts before a line, "(TaskRunner pid=12, ip=10.0.0.7) ", are taken off.
 */
export function lineReader(): (piece: string, end?: boolean) => string[] {
  let open: string[] = []; // of the line that has no end yet
  return (piece, end = false) => {
    const parts = piece.split("\n");
    const last = parts.pop()!;
    const lines = parts.map((part, i) => (i === 0 ? [...open.splice(0), part].join("") : part));
    if (last !== "") open.push(last);
    if (end && open.length > 0) lines.push(open.join("")), (open = []);
    return lines.map(bare);
  };
}

const colours = /\u001b\[[0-9;]*[A-Za-z]/g;
const process = /^\([^()\n]{1,120}\bpid=\d+[^()\n]{0,120}\) /;

const bare = (line: string): string => line.replace(colours, "").replace(process, "");
