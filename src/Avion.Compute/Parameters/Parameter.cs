namespace Avion.Compute;

/// <summary>One named tensor that training changes: a slice of its store's flat memory.</summary>
public sealed class Parameter
{
    private readonly ParameterStore _store;
    private readonly Parameter? _whole;
    private readonly long _firstElement;
    private long _offset;
    private bool _isFrozen;

    internal Parameter(ParameterStore store, string name, Shape shape, Parameter? whole = null, long firstElement = 0)
    {
        (_store, _whole, _firstElement) = (store, whole, firstElement);
        Name = name;
        Shape = shape;
    }

    /// <summary>The published name, such as <c>visual.transformer.resblocks.0.ln_1.weight</c>.</summary>
    public string Name { get; }

    /// <summary>Extents.</summary>
    public Shape Shape { get; }

    /// <summary>First element of the slice in the store's flat memory.</summary>
    public long Offset
    {
        get
        {
            _store.Arrange();
            return _whole is null ? _offset : _whole.Offset + _firstElement;
        }

        internal set => _offset = value;
    }

    /// <summary>The values that operations read, of the activations' type. Set once the store has memory.</summary>
    public Tensor Value { get; internal set; }

    /// <summary>The values that updates change and checkpoints hold, of the accumulations' type; the same memory as
    /// <see cref="Value"/> where the types are one.</summary>
    public Tensor Master { get; internal set; }

    /// <summary>The gradient, to which every backward adds; absent where the parameter was frozen when the store took its memory.</summary>
    public Tensor Gradient { get; internal set; }

    /// <summary>Whether training leaves the values alone; a frozen parameter gets no gradient.</summary>
    /// <remarks>A parameter that is frozen before the store takes its memory needs none for gradient and optimizer states, and stays
    /// frozen; one that is frozen later may be trained again.</remarks>
    /// <exception cref="InvalidOperationException">There is no memory for the gradient.</exception>
    public bool IsFrozen
    {
        get => _whole?.IsFrozen ?? _isFrozen;
        set
        {
            if (_whole is not null)
            {
                _whole.IsFrozen = value;
            }
            else if (value != _isFrozen)
            {
                _store.CheckFreezing(this, value);
                _isFrozen = value;
            }
        }
    }

    /// <summary>For messages.</summary>
    public override string ToString() => $"{Name} {Shape}";
}
