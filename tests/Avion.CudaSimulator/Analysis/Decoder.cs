namespace Avion.CudaSimulator;

/// <summary>Turns an instruction into an operation: finds its registers' places, and checks that their widths are those of its types.</summary>
internal sealed class Decoder(PtxKernel kernel, RegisterMap map, KernelProgram program)
{
    private readonly List<string> _reads = [], _writes = [];
    private PtxInstruction _source = null!;

    /// <summary>The instruction that is decoded.</summary>
    public PtxInstruction Source => _source;

    public KernelProgram Program => program;

    /// <summary>Set by branches.</summary>
    public int Target { get; set; } = -1;

    /// <summary>Set by what never goes on to the next instruction.</summary>
    public bool Ends { get; set; }

    /// <summary>Set where the operation itself heeds the guard.</summary>
    public bool HeedsGuard { get; set; }

    public DecodedInstruction Decode(PtxInstruction source, HashSet<string>? watched, Dictionary<string, int> watchNumbers)
    {
        _source = source;
        _reads.Clear();
        _writes.Clear();
        (Target, Ends, HeedsGuard) = (-1, false, false);
        Operation operation = OperationTable.Build(this);
        operation.Source = source;
        bool isMove = source.Opcode == "mov" && source.Operands[0].Form == OperandForm.Register && source.Operands[1].Form == OperandForm.Register;
        if (watched is not null && (_reads.Exists(watched.Contains) || _writes.Exists(watched.Contains)))
        {
            string[] names = [.. _reads.Where(watched.Contains)];
            operation = new WatchedOperation(operation, names, [.. names.Select(name => watchNumbers[name])],
                [.. _writes.Where(watched.Contains).Select(name => watchNumbers[name])], isMove) { Source = source };
        }

        if (source.Guard is not null && !HeedsGuard)
        {
            operation = new GuardedOperation(operation, Guard(), source.GuardNegated) { Source = source };
        }

        return new DecodedInstruction(operation, [.. _reads], [.. _writes], source.Guard is not null, isMove, Target, Ends && source.Guard is null);
    }

    /// <summary>Number of the guarding predicate, or -1.</summary>
    public int Guard()
    {
        if (_source.Guard is null)
        {
            return -1;
        }

        _reads.Add(_source.Guard);
        return map.Predicates.TryGetValue(_source.Guard, out int predicate) ? predicate : throw Unknown($"guard {_source.Guard} is no predicate");
    }

    /// <summary>Checks the number of operands.</summary>
    public void Expect(int count)
    {
        if (_source.Operands.Length != count)
        {
            throw Unknown($"has {_source.Operands.Length} operands, expected {count}");
        }
    }

    /// <summary>Place of an operand that is read.</summary>
    /// <param name="index">Which operand.</param>
    /// <param name="type">Its type.</param>
    /// <param name="mayBeWider">Whether the register may be wider than the type, as with stores and conversions.</param>
    public int Read(int index, PtxType type, bool mayBeWider = false) => Read(_source.Operands[index], type, mayBeWider);

    public int Read(PtxOperand operand, PtxType type, bool mayBeWider = false)
    {
        switch (operand.Form)
        {
            case OperandForm.Immediate:
                return map.Constant(RegisterMap.ParseConstant(operand.Text, type), RegisterMap.IsWide(type));
            case OperandForm.Symbol when program.AddressOf(operand.Text) is { } address:
                return map.Constant((ulong)address, RegisterMap.IsWide(type));
            case OperandForm.Register when !kernel.Registers.ContainsKey(operand.Text):
                return KernelProgram.IsSpecial(operand.Text) && type.Bits == 32 ? map.SpecialRegister(operand.Text)
                    : throw Unknown($"{operand.Text} is no register of the kernel");
            case OperandForm.Register:
                CheckWidth(operand, type, mayBeWider);
                _reads.Add(operand.Text);
                return map.Place(operand.Text);
            default:
                throw Unknown($"operand {operand.Text} cannot be read as {type}");
        }
    }

    /// <summary>Place of an operand that is written.</summary>
    public int Write(int index, PtxType type, bool mayBeWider = false) => Write(_source.Operands[index], type, mayBeWider);

    public int Write(PtxOperand operand, PtxType type, bool mayBeWider = false)
    {
        if (operand.Form != OperandForm.Register || !kernel.Registers.ContainsKey(operand.Text))
        {
            throw Unknown($"operand {operand.Text} cannot be written");
        }

        CheckWidth(operand, type, mayBeWider);
        _writes.Add(operand.Text);
        return map.Place(operand.Text);
    }

    /// <summary>Whether an operand is a register of 64 bits.</summary>
    public bool IsWideRegister(int index) => IsWideRegister(_source.Operands[index]);

    /// <inheritdoc cref="IsWideRegister(int)"/>
    public bool IsWideRegister(PtxOperand operand) => operand.Form == OperandForm.Register
        ? kernel.Registers.TryGetValue(operand.Text, out PtxType type) && RegisterMap.IsWide(type)
        : operand.Form == OperandForm.Immediate && RegisterMap.IsWide(Type());

    /// <summary>Number of a predicate that is read; -1 - number where it is negated.</summary>
    public int ReadPredicate(PtxOperand operand)
    {
        int predicate = Predicate(operand);
        _reads.Add(operand.Text);
        return operand.Negated ? -1 - predicate : predicate;
    }

    /// <summary>Number of a predicate that is written.</summary>
    public int WritePredicate(PtxOperand operand)
    {
        int predicate = Predicate(operand);
        _writes.Add(operand.Text);
        return predicate;
    }

    /// <summary>Registers of a vector operand, or the operand alone.</summary>
    public PtxOperand[] Parts(int index, int count)
    {
        PtxOperand operand = _source.Operands[index];
        PtxOperand[] parts = operand.Form == OperandForm.Vector ? operand.Parts! : [operand];
        return parts.Length == count ? parts : throw Unknown($"operand {operand.Text} has {parts.Length} registers, expected {count}");
    }

    /// <summary>Place of an address' base, which is a 32-bit or 64-bit register or a variable, and its offset.</summary>
    public (int Place, bool IsWide, long Offset) Address(int index)
    {
        PtxOperand operand = _source.Operands[index];
        if (operand.Form != OperandForm.Address)
        {
            throw Unknown($"operand {operand.Text} is no address");
        }

        if (kernel.Registers.TryGetValue(operand.Text, out PtxType type))
        {
            _reads.Add(operand.Text);
            return type.Bits is 32 or 64 && !type.IsFloat ? (map.Place(operand.Text), type.Bits == 64, operand.Offset)
                : throw Width($"the base {operand.Text} of an address has type {type}");
        }

        return program.AddressOf(operand.Text) is { } variable ? (map.Constant((ulong)variable, isWide: true), true, operand.Offset)
            : throw Unknown($"{operand.Text} is neither a register nor a variable");
    }

    /// <summary>Number of the instruction that a label stands before.</summary>
    public int Label(int index) => kernel.Labels.TryGetValue(_source.Operands[index].Text, out int place) ? place
        : throw Unknown($"there is no label {_source.Operands[index].Text}");

    /// <summary>The type that a modifier names.</summary>
    public PtxType Type(int fromEnd = 1) =>
        _source.Modifiers.Length >= fromEnd && PtxType.TryParse(_source.Modifiers[^fromEnd], out PtxType type) ? type
            : throw Unknown("has no type where one is expected");

    /// <summary>Checks that there are no modifiers but these.</summary>
    public void Allow(params ReadOnlySpan<string> known)
    {
        foreach (string modifier in _source.Modifiers)
        {
            if (!known.Contains(modifier) && !PtxType.TryParse(modifier, out _))
            {
                throw Unknown($"has the modifier .{modifier}, which the simulator does not know there");
            }
        }
    }

    public SimulationException Unknown(string what) => Fail(FailureKind.UnknownInstruction, what);

    private SimulationException Width(string what) => Fail(FailureKind.OperandWidth, what);

    private SimulationException Fail(FailureKind kind, string what) =>
        new(kind, $"Kernel {kernel.Name}, line {_source.Line} '{_source.Text}': {what}.") { Kernel = kernel.Name, Line = _source.Line };

    private int Predicate(PtxOperand operand) => map.Predicates.TryGetValue(operand.Text, out int predicate) ? predicate
        : throw Width($"operand {operand.Text} is no predicate");

    private void CheckWidth(PtxOperand operand, PtxType type, bool mayBeWider)
    {
        PtxType register = kernel.Registers[operand.Text];
        int registerBits = register.Bits * register.Count, bits = type.Bits * type.Count;
        bool kindFits = register.Kind == "b" || type.Kind == "b" || register.IsFloat == type.IsFloat || type.Kind == "bf" || register.Kind == "bf";
        bool fits = !register.IsPredicate && kindFits && (registerBits == bits || (mayBeWider && registerBits > bits));
        if (!fits)
        {
            throw Width($"register {operand.Text} has type {register}, the instruction needs {type}");
        }
    }
}
