import { join } from 'node:path';
import fc from 'fast-check';
import { instant, type JsonObject, personal } from '@hospital/kernel';
import ts from 'typescript';
import { root } from '../house-plan';

/** A message of a domain file: its type, and any data the compiler would let pass. */
export interface Shape {
  readonly type: string;
  readonly data: fc.Arbitrary<JsonObject>;
}

const START = Date.parse('2026-03-01T04:00:00.000Z');
/** Few enough to meet each other often. */
const ids = fc.constantFrom('pn_1', 'pn_2', 'x_3');
const words = fc.oneof({ weight: 4, arbitrary: fc.constantFrom('electrician', 'plumber') }, fc.string({ unit: 'grapheme', maxLength: 8 }));
const around = (from: number, to: number) => fc.integer({ min: from, max: to }).map((minutes) => instant(START + minutes * 60_000));
const numbers = fc.oneof(fc.integer({ min: -3, max: 10 }), fc.double({ noNaN: true, noDefaultInfinity: true }));

/** A text field by its name: what it holds is not in its type. What lasts from one instant until another mostly lasts now. */
function textNamed(name: string): fc.Arbitrary<string> {
  if (/(^f|F)rom$/.test(name)) return around(-600, 30);
  if (/(^u|U)ntil$/.test(name)) return around(-30, 600);
  if (/(^a|[a-z]A)t$/.test(name)) return around(-120, 120);
  return /(^id|Id)$/.test(name) ? ids : words;
}

/** Makes values of the types that domain files declare, so that no property has to be told what a new event looks like. */
export class Shapes {
  private readonly program: ts.Program;
  private readonly checker: ts.TypeChecker;

  constructor(files: readonly string[]) {
    const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile) as { config: { compilerOptions: object } };
    const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [...files] }, ts.sys, root);
    this.program = ts.createProgram([...files], { ...options, types: [] });
    this.checker = this.program.getTypeChecker();
  }

  /** Of the unions a file exports whose name ends so, in the order of the file. */
  of(kind: 'Event' | 'Command', file: string): readonly Shape[] {
    const source = this.program.getSourceFile(file);
    const module = source && this.checker.getSymbolAtLocation(source);
    if (!module) return [];
    return this.checker
      .getExportsOfModule(module)
      .filter(({ name, flags }) => name.endsWith(kind) && flags & ts.SymbolFlags.TypeAlias)
      .flatMap((symbol) => membersOf(this.checker.getDeclaredTypeOfSymbol(symbol)))
      .map((message) => ({
        type: (this.memberOf(message, 'type') as ts.StringLiteralType).value,
        data: this.valuesOf(this.memberOf(message, 'data'), 'data') as fc.Arbitrary<JsonObject>,
      }));
  }

  private memberOf(type: ts.Type, name: string): ts.Type {
    const member = this.checker.getPropertyOfType(type, name);
    if (!member) throw new Error(`${this.checker.typeToString(type)} has no ${name}`);
    return this.checker.getTypeOfSymbol(member);
  }

  private valuesOf(type: ts.Type, name: string): fc.Arbitrary<unknown> {
    if (type.isUnion()) return fc.oneof(...type.types.map((one) => this.valuesOf(one, name)));
    if (type.isLiteral()) return fc.constant(type.value);
    if (type.flags & ts.TypeFlags.BooleanLiteral) return fc.constant(this.checker.typeToString(type) === 'true');
    if (type.flags & ts.TypeFlags.String) return textNamed(name);
    if (type.flags & ts.TypeFlags.Number) return numbers;
    if (type.flags & ts.TypeFlags.Null) return fc.constant(null);
    if (type.flags & ts.TypeFlags.Undefined) return fc.constant(undefined);
    if (this.checker.isArrayType(type))
      return fc.array(this.valuesOf(this.checker.getTypeArguments(type as ts.TypeReference)[0]!, name), { maxLength: 4 });
    if (this.checker.isTupleType(type))
      return fc.tuple(...this.checker.getTypeArguments(type as ts.TypeReference).map((member) => this.valuesOf(member, name)));
    if (type.getSymbol()?.name === 'Personal') return fc.tuple(ids, words).map(([subject, value]) => personal(subject, value));
    if (type.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection)) return this.objectsOf(type);
    throw new Error(`no values are known for ${name}: ${this.checker.typeToString(type)}`);
  }

  private objectsOf(type: ts.Type): fc.Arbitrary<unknown> {
    const members = this.checker.getPropertiesOfType(type);
    const required = members.filter(({ flags }) => !(flags & ts.SymbolFlags.Optional)).map(({ name }) => name);
    const model = Object.fromEntries(
      members.map((member) => [member.name, this.valuesOf(this.checker.getTypeOfSymbol(member), member.name)]),
    );
    return fc.record(model, { requiredKeys: required });
  }
}

const membersOf = (type: ts.Type): readonly ts.Type[] => (type.isUnion() ? type.types : [type]);
