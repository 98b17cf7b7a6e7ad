namespace Avion.Compute;

/// <summary>One named tensor that training changes: a slice of its store's flat values and gradients.</summary>
public sealed class Parameter
{
    private readonly Parameter? _whole;
    private bool _isFrozen;

    internal Parameter(string name, Shape shape, long offset, Parameter? whole = null)
    {
        Name = name;
        Shape = shape;
        Offset = offset;
        _whole = whole;
    }

    /// <summary>The published name, such as <c>visual.transformer.resblocks.0.ln_1.weight</c>.</summary>
    public string Name { get; }

    /// <summary>Extents.</summary>
    public Shape Shape { get; }

    /// <summary>First element of the slice in the store's flat memory.</summary>
    public long Offset { get; }

    /// <summary>The values. Set once the store has memory.</summary>
    public Tensor Value { get; internal set; }

    /// <summary>The gradient, to which every backward adds. Set once the store has memory.</summary>
    public Tensor Gradient { get; internal set; }

    /// <summary>Whether training leaves the values alone; a frozen parameter gets no gradient.</summary>
    public bool IsFrozen
    {
        get => _whole?.IsFrozen ?? _isFrozen;
        set => _isFrozen = value;
    }

    /// <summary>For messages.</summary>
    public override string ToString() => $"{Name} {Shape}";
}
