namespace Avion.Compute;

/// <summary>All parameters of a model as slices of one flat buffer of values and one of gradients.</summary>
/// <remarks>
/// Clipping, optimizers, all-reduce and sharding walk flat memory; a checkpoint is a list of named slices. Every slice starts on
/// <see cref="Device.Alignment"/> bytes of float32; the gaps between slices are zero and stay zero. A model declares its
/// parameters first, in a fixed order, then the store takes the memory.
/// </remarks>
public sealed class ParameterStore : IDisposable
{
    private const int AlignmentElements = Device.Alignment / sizeof(float);

    private readonly Dictionary<string, Parameter> _byName = new(StringComparer.Ordinal);
    private readonly List<Parameter> _parameters = [];
    private readonly List<Parameter> _views = [];
    private Device? _device;

    /// <summary>The parameters in the order of declaration, which is the order in flat memory.</summary>
    public IReadOnlyList<Parameter> Parameters => _parameters;

    /// <summary>Length of the flat buffers in elements, gaps included.</summary>
    public long FlatCount { get; private set; }

    /// <summary>Number of parameter values, without gaps.</summary>
    public long ValueCount { get; private set; }

    /// <summary>All values, [FlatCount].</summary>
    public Tensor Values { get; private set; }

    /// <summary>All gradients, [FlatCount].</summary>
    public Tensor Gradients { get; private set; }

    /// <summary>The parameter of that name.</summary>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    public Parameter this[string name] => _byName.TryGetValue(name, out Parameter? parameter)
        ? parameter
        : throw new KeyNotFoundException($"The model has no parameter '{name}'.");

    /// <summary>Whether there is a parameter of that name.</summary>
    public bool Contains(string name) => _byName.ContainsKey(name);

    /// <summary>Declares a parameter.</summary>
    /// <exception cref="InvalidOperationException">The name is taken, or the store has its memory already.</exception>
    public Parameter Add(string name, Shape shape)
    {
        if (_device is not null)
        {
            throw new InvalidOperationException($"Parameter '{name}' is declared after the store took its memory. This is a bug in Avion.");
        }

        Parameter parameter = new(name, shape, FlatCount);
        if (!_byName.TryAdd(name, parameter))
        {
            throw new InvalidOperationException($"Parameter '{name}' is declared twice.");
        }

        _parameters.Add(parameter);
        ValueCount += shape.Count;
        FlatCount += (shape.Count + AlignmentElements - 1) / AlignmentElements * AlignmentElements;
        return parameter;
    }

    /// <summary>Declares part of a parameter, or all of it under another shape: the same numbers and gradients, frozen together.</summary>
    /// <remarks>Operations take a view like any parameter; <see cref="Parameters"/>, optimizers and checkpoints do not see it.</remarks>
    /// <param name="whole">A parameter of this store.</param>
    /// <param name="firstElement">Where in it the view begins.</param>
    /// <param name="shape">Extents of the view.</param>
    public Parameter View(Parameter whole, long firstElement, Shape shape)
    {
        if (_device is not null || firstElement < 0 || firstElement + shape.Count > whole.Shape.Count)
        {
            throw new InvalidOperationException(
                $"A view {shape} from element {firstElement} does not lie within '{whole.Name}' {whole.Shape}, or is declared too late. This is a bug in Avion.");
        }

        Parameter view = new(whole.Name, shape, whole.Offset + firstElement, whole);
        _views.Add(view);
        return view;
    }

    /// <summary>Takes zeroed memory on a device for values and gradients.</summary>
    /// <param name="device">Where the parameters live.</param>
    /// <param name="withGradients">False for evaluation alone, which saves half the memory.</param>
    public void Allocate(Device device, bool withGradients = true)
    {
        if (_device is not null)
        {
            throw new InvalidOperationException("The parameter store has its memory already. This is a bug in Avion.");
        }

        _device = device;
        Values = AllocateFlat(device);
        Gradients = withGradients ? AllocateFlat(device) : default;
        foreach (Parameter parameter in _parameters)
        {
            Place(parameter, device);
            parameter.IsFrozen |= !withGradients;
        }

        foreach (Parameter view in _views)
        {
            Place(view, device);
        }
    }

    /// <summary>Sets all gradients to zero.</summary>
    public void ClearGradients()
    {
        if (!Gradients.IsAbsent)
        {
            _device!.Clear(Gradients);
        }
    }

    /// <summary>Returns the memory to the device.</summary>
    public void Dispose()
    {
        if (_device is null)
        {
            return;
        }

        _device.FreeMemory(Values.Data, Values.ByteCount);
        if (!Gradients.IsAbsent)
        {
            _device.FreeMemory(Gradients.Data, Gradients.ByteCount);
        }

        (_device, Values, Gradients) = (null, default, default);
    }

    private void Place(Parameter parameter, Device device)
    {
        nint offset = (nint)(parameter.Offset * device.AccumulationType.SizeInBytes());
        parameter.Value = new Tensor(Values.Data + offset, parameter.Shape, device.AccumulationType);
        parameter.Gradient = Gradients.IsAbsent ? default : new Tensor(Gradients.Data + offset, parameter.Shape, device.AccumulationType);
    }

    private Tensor AllocateFlat(Device device)
    {
        if (FlatCount > int.MaxValue)
        {
            throw new NotSupportedException($"A model of {FlatCount} parameters is larger than one flat buffer can hold ({int.MaxValue}).");
        }

        Shape shape = new((int)FlatCount);
        nint memory = device.AllocateMemory(Math.Max(1, FlatCount) * device.AccumulationType.SizeInBytes());
        Tensor flat = new(memory, shape, device.AccumulationType);
        device.Clear(flat);
        return flat;
    }
}
