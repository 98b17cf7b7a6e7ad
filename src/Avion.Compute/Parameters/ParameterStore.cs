namespace Avion.Compute;

/// <summary>All parameters of a model, as slices of flat buffers by purpose.</summary>
/// <remarks>
/// A model declares its parameters first, in a fixed order, and says which are frozen; then the store takes the memory. In flat memory
/// the trained ones come first, so gradients and optimizer states are buffers of the first slices (<see cref="TrainedLayout"/>), and
/// frozen parameters take no memory there. A checkpoint is a list of named slices.
/// </remarks>
public sealed class ParameterStore : IDisposable
{
    private readonly Dictionary<string, Parameter> _byName = new(StringComparer.Ordinal);
    private readonly List<Parameter> _parameters = [];
    private readonly List<Parameter> _views = [];
    private Device? _device;
    private FlatBuffer? _master, _working, _gradients;
    private FlatLayout? _layout, _trainedLayout;

    /// <summary>The parameters in the order of declaration.</summary>
    public IReadOnlyList<Parameter> Parameters => _parameters;

    /// <summary>Where each parameter lies: the trained ones, then the frozen ones.</summary>
    public FlatLayout Layout
    {
        get
        {
            Arrange();
            return _layout!;
        }
    }

    /// <summary>The part of <see cref="Layout"/> that training changes.</summary>
    public FlatLayout TrainedLayout
    {
        get
        {
            Arrange();
            return _trainedLayout!;
        }
    }

    /// <summary>Length of flat memory in elements, gaps included.</summary>
    public long FlatCount => Layout.Count;

    /// <summary>Number of parameter values, without gaps.</summary>
    public long ValueCount { get; private set; }

    /// <summary>All values as operations read them, [FlatCount], of the activations' type.</summary>
    public Tensor Values => _working?.Values ?? Master;

    /// <summary>All values as updates change them, [FlatCount], of the accumulations' type.</summary>
    public Tensor Master => _master?.Values ?? default;

    /// <summary>The values of <see cref="Master"/> that training changes, beside which gradients and optimizer states lie.</summary>
    public Tensor Trained => Master.Part(0, TrainedLayout.Count);

    /// <summary>The gradients of what is trained, of the accumulations' type; absent in a store for evaluation.</summary>
    public Tensor Gradients => _gradients?.Values ?? default;

    /// <summary>Bytes of all values: one copy, or two where operations read another type than updates change.</summary>
    public long ParameterBytes => Master.ByteCount + (_working?.Values.ByteCount ?? 0);

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
            throw new InvalidOperationException($"Parameter '{name}' is declared after the store took its memory. Declare it before.");
        }

        Parameter parameter = new(this, name, shape);
        if (!_byName.TryAdd(name, parameter))
        {
            throw new InvalidOperationException($"Parameter '{name}' is declared twice.");
        }

        _parameters.Add(parameter);
        _layout = null;
        ValueCount += shape.Count;
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
            throw new InvalidOperationException($"A view {shape} from element {firstElement} does not lie within '{whole.Name}' "
                + $"{whole.Shape}, or is declared after the store took its memory.");
        }

        Parameter view = new(this, whole.Name, shape, whole, firstElement);
        _views.Add(view);
        return view;
    }

    /// <summary>Takes zeroed memory on a device for values, and for the gradients of what is not frozen.</summary>
    /// <param name="device">Where the parameters live.</param>
    /// <param name="withGradients">False for evaluation alone: everything is frozen.</param>
    public void Allocate(Device device, bool withGradients = true)
    {
        if (_device is not null)
        {
            throw new InvalidOperationException("The parameter store has its memory already. This is a bug in Avion.");
        }

        foreach (Parameter parameter in _parameters)
        {
            parameter.IsFrozen |= !withGradients;
        }

        Arrange();
        _device = device;
        _master = new FlatBuffer(device, Layout, device.AccumulationType);
        _working = device.ActivationType == device.AccumulationType ? null : new FlatBuffer(device, Layout, device.ActivationType);
        _gradients = withGradients ? new FlatBuffer(device, TrainedLayout, device.AccumulationType) : null;
        _parameters.ForEach(Place);
        _views.ForEach(Place);
    }

    /// <summary>Sets all gradients to zero.</summary>
    public void ClearGradients()
    {
        if (_gradients is not null)
        {
            _device!.Clear(Gradients);
        }
    }

    /// <summary>Makes <see cref="Values"/> those of <see cref="Master"/> again, after something changed these.</summary>
    public void RefreshValues()
    {
        if (_working is not null)
        {
            Cast.Run(_device!, Master, Values);
        }
    }

    /// <summary>Returns the memory to the device.</summary>
    public void Dispose()
    {
        _master?.Dispose();
        _working?.Dispose();
        _gradients?.Dispose();
        (_device, _master, _working, _gradients) = (null, null, null, null);
    }

    /// <summary>Lays the parameters out, unless they have their places.</summary>
    internal void Arrange()
    {
        if (_layout is not null)
        {
            return;
        }

        Parameter[] trained = [.. _parameters.Where(parameter => !parameter.IsFrozen)];
        Parameter[] all = [.. trained, .. _parameters.Where(parameter => parameter.IsFrozen)];
        _layout = FlatLayout.Of(all.Select(parameter => (parameter.Name, parameter.Shape)));
        _trainedLayout = _layout.First(trained.Length);
        for (int i = 0; i < all.Length; i++)
        {
            all[i].Offset = _layout.Slices[i].Offset;
        }
    }

    internal void CheckFreezing(Parameter parameter, bool isFrozen)
    {
        if (_device is null)
        {
            _layout = null;
        }
        else if (!isFrozen && parameter.Gradient.IsAbsent)
        {
            // A plan has no memory to lack: what training all parameters would take can be counted on a model that freezes some.
            parameter.Gradient = _device is PlanningDevice
                ? new Tensor(_device.AllocateMemory(parameter.Master.ByteCount), parameter.Shape, _device.AccumulationType)
                : throw new InvalidOperationException($"Parameter '{parameter.Name}' was frozen when its model took its memory and has "
                    + "none for a gradient. Make the model anew without freezing it.");
        }
    }

    private void Place(Parameter parameter)
    {
        parameter.Master = Slice(Master, parameter);
        parameter.Value = Slice(Values, parameter);
        parameter.Gradient = parameter.IsFrozen ? default : Slice(Gradients, parameter);
    }

    private static Tensor Slice(Tensor flat, Parameter parameter) =>
        flat.Part(parameter.Offset, parameter.Shape.Count).Reshape(parameter.Shape);
}
