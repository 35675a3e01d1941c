import type * as tsTypes from "@tslab/typescript-for-tslab";
import { loadTypeScript } from "../source/load-typescript";

type Help = {
  getSignatureHelpItems(
    program: tsTypes.Program,
    file: tsTypes.SourceFile,
    position: number,
    reason: undefined,
    cancellation: object,
  ): tsTypes.SignatureHelpItems | undefined;
};

const never = { isCancellationRequested: () => false, throwIfCancellationRequested: () => undefined };

/**
 * What the call around a position expects: its signatures, the argument at hand in «», and its documentation.
 * Undefined outside of a call.
 *
 * @param position UTF-16 units, in the file as the program has it
 */
export function signatureHelp(
  program: tsTypes.Program,
  file: tsTypes.SourceFile,
  position: number,
): string | undefined {
  const ts = loadTypeScript();
  const found = (ts as unknown as { SignatureHelp: Help }).SignatureHelp.getSignatureHelpItems(
    program,
    file,
    position,
    undefined,
    never,
  );
  if (!found) return undefined;
  const text = (parts: readonly tsTypes.SymbolDisplayPart[] | undefined): string =>
    (parts ?? []).map((part) => part.text).join("");
  const item = found.items[found.selectedItemIndex] ?? found.items[0];
  if (!item) return undefined;
  const signatures = found.items.map(
    ({ prefixDisplayParts, separatorDisplayParts, suffixDisplayParts, parameters }, i) => {
      const shown = parameters.map(({ displayParts }, j) =>
        i === found.selectedItemIndex && j === found.argumentIndex ? `«${text(displayParts)}»` : text(displayParts),
      );
      return `${text(prefixDisplayParts)}${shown.join(text(separatorDisplayParts))}${text(suffixDisplayParts)}`;
    },
  );
  const argument = item.parameters[found.argumentIndex];
  const about = argument && text(argument.documentation) ? `\n${argument.name}: ${text(argument.documentation)}` : "";
  const documentation = text(item.documentation);
  return `${signatures.join("\n")}${about}${documentation ? `\n\n${documentation}` : ""}`;
}
