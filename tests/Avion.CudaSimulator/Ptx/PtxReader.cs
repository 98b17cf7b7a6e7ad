using System.Text.RegularExpressions;

namespace Avion.CudaSimulator;

/// <summary>Reads the PTX that clang emits for kernels without calls, strictly: what is not understood is an error with its line.</summary>
internal sealed partial class PtxReader
{
    private readonly List<(int Line, string Text)> _statements;
    private readonly List<PtxVariable> _moduleShared = [];
    private int _next;

    public PtxReader(string text) => _statements = Split(text);

    public PtxModule ReadModule()
    {
        string version = "", target = "";
        List<PtxKernel> kernels = [];
        while (_next < _statements.Count)
        {
            (int line, string text) = _statements[_next++];
            string[] words = text.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            switch (words[0])
            {
                case ".version": version = words[1]; break;
                case ".target": target = words[1]; break;
                case ".address_size" when words[1] == "64": break;
                case ".visible" when words.Contains(".entry"): kernels.Add(ReadKernel(line, text)); break;
                case ".entry": kernels.Add(ReadKernel(line, text)); break;
                case ".shared" or ".extern" or ".weak" when text.Contains(".shared"): _moduleShared.Add(Variable(line, text)); break;
                default: throw Invalid(line, text, "is no directive that the reader knows");
            }
        }

        return new PtxModule(version, target, kernels);
    }

    private PtxKernel ReadKernel(int line, string header)
    {
        Match name = KernelHeader().Match(header);
        if (!name.Success)
        {
            throw Invalid(line, header, "is no head of a kernel");
        }

        PtxKernel kernel = new() { Name = name.Groups[1].Value };
        ReadParameters(kernel, line, name.Groups[2].Value);
        foreach (Match directive in Tuning().Matches(name.Groups[3].Value))
        {
            if (directive.Groups[1].Value == "maxntid")
            {
                kernel.MaximumThreads = directive.Groups[2].Value.Split(',').Select(part => int.Parse(part, CultureInfo.InvariantCulture))
                    .Aggregate(1, (product, extent) => product * extent);
            }
        }

        kernel.SharedVariables.AddRange(_moduleShared);
        for (int depth = 1; depth > 0;)
        {
            if (_next == _statements.Count)
            {
                throw Invalid(line, header, "has no end");
            }

            (int at, string text) = _statements[_next++];
            switch (text)
            {
                case "{": depth++; break;
                case "}": depth--; break;
                default: ReadStatement(kernel, at, text); break;
            }
        }

        return kernel;
    }

    private static void ReadParameters(PtxKernel kernel, int line, string list)
    {
        int offset = 0;
        foreach (string parameter in list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            Match match = Parameter().Match(parameter);
            if (!match.Success || !PtxType.TryParse(match.Groups[2].Value, out PtxType type))
            {
                throw Invalid(line, parameter, "is no parameter that the reader knows");
            }

            int bytes = type.Bytes * (match.Groups[4].Success ? int.Parse(match.Groups[4].Value, CultureInfo.InvariantCulture) : 1);
            int alignment = match.Groups[1].Success ? int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : type.Bytes;
            offset = (offset + alignment - 1) / alignment * alignment;
            kernel.Parameters.Add(new PtxParameter(match.Groups[3].Value, bytes, offset));
            offset += bytes;
        }
    }

    private void ReadStatement(PtxKernel kernel, int line, string text)
    {
        if (text.EndsWith(':'))
        {
            if (!kernel.Labels.TryAdd(text[..^1], kernel.Instructions.Count))
            {
                throw Invalid(line, text, "is a label that is there already");
            }
        }
        else if (text.StartsWith(".reg", StringComparison.Ordinal))
        {
            ReadRegisters(kernel, line, text);
        }
        else if (text.StartsWith(".local", StringComparison.Ordinal))
        {
            kernel.LocalVariables.Add(Variable(line, text));
        }
        else if (text.StartsWith(".shared", StringComparison.Ordinal))
        {
            kernel.SharedVariables.Add(Variable(line, text));
        }
        else if (!text.StartsWith(".pragma", StringComparison.Ordinal))
        {
            kernel.Instructions.Add(Instruction(line, text));
        }
    }

    private static void ReadRegisters(PtxKernel kernel, int line, string text)
    {
        Match range = RegisterRange().Match(text), list = RegisterList().Match(text);
        Match match = range.Success ? range : list;
        if (!match.Success || !PtxType.TryParse(match.Groups[1].Value, out PtxType type))
        {
            throw Invalid(line, text, "declares registers in a way that the reader does not know");
        }

        IEnumerable<string> names = range.Success
            ? Enumerable.Range(0, int.Parse(range.Groups[3].Value, CultureInfo.InvariantCulture)).Select(i => $"{range.Groups[2].Value}{i}")
            : list.Groups[2].Value.Split(',', StringSplitOptions.TrimEntries);
        foreach (string register in names)
        {
            if (!kernel.Registers.TryAdd(register, type))
            {
                throw Invalid(line, text, $"declares {register} again");
            }
        }
    }

    private static PtxVariable Variable(int line, string text)
    {
        Match match = MemoryVariable().Match(text);
        if (!match.Success || !PtxType.TryParse(match.Groups[2].Value, out PtxType type))
        {
            throw Invalid(line, text, "is no variable that the reader knows");
        }

        int count = match.Groups[4].Success ? (match.Groups[4].Value.Length == 0 ? 0 : int.Parse(match.Groups[4].Value, CultureInfo.InvariantCulture)) : 1;
        int alignment = match.Groups[1].Success ? int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : type.Bytes;
        return new PtxVariable(match.Groups[3].Value, alignment, count * type.Bytes);
    }

    private static PtxInstruction Instruction(int line, string text)
    {
        string rest = text;
        string? guard = null;
        bool negated = false;
        if (rest.StartsWith('@'))
        {
            int space = rest.IndexOfAny([' ', '\t']);
            negated = rest[1] == '!';
            guard = rest[(negated ? 2 : 1)..space];
            rest = rest[space..].Trim();
        }

        int end = rest.IndexOfAny([' ', '\t']);
        string[] words = (end < 0 ? rest : rest[..end]).Split('.');
        PtxOperand[] operands = end < 0 ? [] : [.. SplitOperands(rest[end..]).Select(operand => Operand(line, operand))];
        return new PtxInstruction(line, text, guard, negated, words[0], words[1..], operands);
    }

    private static PtxOperand Operand(int line, string text)
    {
        if (text.StartsWith('{'))
        {
            return new PtxOperand(OperandForm.Vector, text, Parts: [.. text.Trim('{', '}').Split(',').Select(part => Operand(line, part.Trim()))]);
        }

        if (text.StartsWith('['))
        {
            Match address = Address().Match(text);
            if (!address.Success)
            {
                throw Invalid(line, text, "is no address that the reader knows");
            }

            long offset = address.Groups[2].Success ? long.Parse(address.Groups[2].Value, CultureInfo.InvariantCulture) : 0;
            return new PtxOperand(OperandForm.Address, address.Groups[1].Value, offset);
        }

        int bar = text.IndexOf('|', StringComparison.Ordinal);
        if (bar > 0)
        {
            return Operand(line, text[..bar].Trim()) with { Second = Operand(line, text[(bar + 1)..].Trim()) };
        }

        return text switch
        {
            "_" => new PtxOperand(OperandForm.Sink, text),
            ['!', '%', ..] => new PtxOperand(OperandForm.Register, text[1..], Negated: true),
            ['%', ..] => new PtxOperand(OperandForm.Register, text),
            [(>= '0' and <= '9') or '-', ..] => new PtxOperand(OperandForm.Immediate, text),
            _ => new PtxOperand(OperandForm.Symbol, text),
        };
    }

    private static IEnumerable<string> SplitOperands(string text)
    {
        int depth = 0, start = 0;
        for (int i = 0; i < text.Length; i++)
        {
            depth += text[i] is '{' or '[' ? 1 : text[i] is '}' or ']' ? -1 : 0;
            if (text[i] == ',' && depth == 0)
            {
                yield return text[start..i].Trim();
                start = i + 1;
            }
        }

        if (text[start..].Trim() is { Length: > 0 } last)
        {
            yield return last;
        }
    }

    /// <summary>Cuts the text at semicolons, braces and labels; a head of a kernel is one statement up to its brace.</summary>
    private static List<(int Line, string Text)> Split(string text)
    {
        List<(int, string)> statements = [];
        StringBuilder open = new();
        int line = 0, start = 1, depth = 0;
        foreach (string raw in text.Split('\n'))
        {
            line++;
            int comment = raw.IndexOf("//", StringComparison.Ordinal);
            string rest = (comment < 0 ? raw : raw[..comment]).Trim();
            if (string.IsNullOrWhiteSpace(open.ToString()))
            {
                open.Clear();
                start = line;
            }

            bool isDirective = depth == 0 && open.Length == 0 && DirectiveLine().IsMatch(rest);
            foreach (char letter in rest)
            {
                bool isBlock = letter is '{' or '}' && open.ToString().Trim() is var head && (head.Length == 0 || head.Contains(".entry"));
                switch (letter)
                {
                    case ';':
                        End();
                        break;
                    case '{' when isBlock && open.ToString().Contains(".entry"):
                        End();
                        depth++;
                        break;
                    case '{' or '}' when isBlock:
                        End();
                        statements.Add((line, letter.ToString()));
                        depth += letter == '{' ? 1 : -1;
                        break;
                    case ':' when depth > 0:
                        open.Append(letter);
                        End();
                        break;
                    default:
                        open.Append(letter);
                        break;
                }
            }

            open.Append(' ');
            if (isDirective)
            {
                End();
            }
        }

        End();
        return statements;

        void End()
        {
            if (open.ToString().Trim() is { Length: > 0 } statement)
            {
                statements.Add((start, statement));
            }

            open.Clear();
            start = line;
        }
    }

    private static SimulationException Invalid(int line, string text, string what) =>
        new(FailureKind.InvalidPtx, $"Line {line} of the PTX: '{text}' {what}.") { Line = line };

    [GeneratedRegex(@"\.entry\s+([\w$]+)\s*\(([^)]*)\)(.*)$", RegexOptions.Singleline)]
    private static partial Regex KernelHeader();

    [GeneratedRegex(@"\.(\w+)\s+([\d, ]+)")]
    private static partial Regex Tuning();

    [GeneratedRegex(@"^\.param\s+(?:\.align\s+(\d+)\s+)?\.(\w+)\s+(?:\.ptr\s+(?:\.\w+\s+)?(?:\.align\s+\d+\s+)?)?([\w$]+)(?:\[(\d+)\])?$")]
    private static partial Regex Parameter();

    [GeneratedRegex(@"^\.reg\s+\.(\w+)\s+(%\w+)<(\d+)>$")]
    private static partial Regex RegisterRange();

    [GeneratedRegex(@"^\.reg\s+\.(\w+)\s+(%?[\w$]+(?:\s*,\s*%?[\w$]+)*)$")]
    private static partial Regex RegisterList();

    [GeneratedRegex(@"\.(?:shared|local)\s+(?:\.align\s+(\d+)\s+)?\.(\w+)\s+([\w$]+)(?:\[(\d*)\])?$")]
    private static partial Regex MemoryVariable();

    [GeneratedRegex(@"^\[\s*([%\w$]+)\s*(?:\+\s*(-?\d+))?\s*\]$")]
    private static partial Regex Address();

    [GeneratedRegex(@"^\.(version|target|address_size)\b")]
    private static partial Regex DirectiveLine();
}
