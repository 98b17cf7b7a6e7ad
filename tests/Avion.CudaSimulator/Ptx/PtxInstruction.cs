namespace Avion.CudaSimulator;

/// <summary>One instruction of a kernel, as it stands in the text.</summary>
/// <param name="Line">Line of the text, from 1.</param>
/// <param name="Text">The statement.</param>
/// <param name="Guard">Name of the predicate that guards it, or null.</param>
/// <param name="GuardNegated">Whether it runs where the predicate is false.</param>
/// <param name="Opcode">The word before the first dot, such as <c>ld</c>.</param>
/// <param name="Modifiers">The words behind it.</param>
/// <param name="Operands">In the order of the text.</param>
internal sealed record PtxInstruction(int Line, string Text, string? Guard, bool GuardNegated, string Opcode, string[] Modifiers,
    PtxOperand[] Operands)
{
    public bool Has(string modifier) => Modifiers.Contains(modifier);
}

/// <summary>What kind of operand.</summary>
internal enum OperandForm
{
    /// <summary>A register, a predicate or a special register.</summary>
    Register,

    /// <summary>A number, kept as it stands.</summary>
    Immediate,

    /// <summary>A name without a percent sign: a label or a variable.</summary>
    Symbol,

    /// <summary>Registers in braces.</summary>
    Vector,

    /// <summary>A base and an offset in brackets.</summary>
    Address,

    /// <summary>The place of a result that nobody wants.</summary>
    Sink,
}

/// <summary>An operand.</summary>
/// <param name="Form">Which form it has.</param>
/// <param name="Text">Name, number, or base of an address.</param>
/// <param name="Offset">Offset of an address.</param>
/// <param name="Parts">Registers of a vector.</param>
/// <param name="Second">The predicate behind a bar, as shuffles have it.</param>
internal sealed record PtxOperand(OperandForm Form, string Text, long Offset = 0, PtxOperand[]? Parts = null, PtxOperand? Second = null,
    bool Negated = false);
