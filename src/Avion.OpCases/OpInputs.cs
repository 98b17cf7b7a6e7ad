using System.Runtime.InteropServices;

namespace Avion.OpCases;

/// <summary>The inputs and parameters of one case at one size on one device, all drawn from a seed.</summary>
/// <remarks>Values are drawn as float32, so that every device sees the same numbers exactly.</remarks>
public sealed unsafe class OpInputs : IDisposable
{
    private readonly ulong _seed;
    private readonly Device _device;
    private readonly List<(Parameter Parameter, Func<int, double, double> Value)> _fills = [];
    private readonly List<Tensor> _constants = [];
    private readonly List<UpdateTable> _tables = [];
    private readonly List<nint> _hostBlocks = [];

    /// <summary>Declares nothing yet.</summary>
    public OpInputs(Device device, ulong seed) => (_device, _seed) = (device, seed);

    /// <summary>Whether drawn numbers are rounded to bfloat16.</summary>
    public bool RoundsToBFloat16 { get; init; }

    /// <summary>How many numbers of an input are drawn before they repeat; 0 for all. Drawing those
    /// of a large input takes seconds.</summary>
    public int DistinctDraws { get; init; }

    /// <summary>Parameters, and inputs that want a gradient, in one flat memory.</summary>
    public ParameterStore Store { get; } = new();

    /// <summary>Declares a parameter, or an input that wants a gradient (read with <see cref="OpRun.Read(Parameter)"/>).</summary>
    /// <param name="name">For messages.</param>
    /// <param name="shape">Extents.</param>
    /// <param name="mean">Mean of the normal distribution that values are drawn from.</param>
    /// <param name="deviation">Its standard deviation.</param>
    public Parameter Parameter(string name, Shape shape, double mean = 0, double deviation = 1) =>
        Parameter(name, shape, (_, normal) => mean + (deviation * normal));

    /// <summary>Declares a parameter whose value at an index is computed from the index and a standard normal draw.</summary>
    public Parameter Parameter(string name, Shape shape, Func<int, double, double> value)
    {
        Parameter parameter = Store.Add(name, shape);
        _fills.Add((parameter, value));
        return parameter;
    }

    /// <summary>A constant of the activations' type, drawn like a parameter.</summary>
    public Tensor Constant(string name, Shape shape, double mean = 0, double deviation = 1) =>
        Constant(name, shape, mean, deviation, _device.ActivationType);

    /// <summary>A constant of the accumulations' type, such as what a loss compares with, drawn like a parameter.</summary>
    public Tensor Statistics(string name, Shape shape, double mean = 0, double deviation = 1) =>
        Constant(name, shape, mean, deviation, _device.AccumulationType);

    /// <summary>A constant of the activations' type with these values.</summary>
    public Tensor Constant(Shape shape, ReadOnlySpan<float> values) => Constant(shape, values, _device.ActivationType);

    /// <summary>A constant of the accumulations' type with these values.</summary>
    public Tensor Statistics(Shape shape, ReadOnlySpan<float> values) => Constant(shape, values, _device.AccumulationType);

    /// <summary>A constant of whole numbers, such as token identifiers or row numbers.</summary>
    public Tensor Int32(Shape shape, ReadOnlySpan<int> values)
    {
        Tensor tensor = Allocate(shape, ElementType.Int32);
        _device.Upload(values, tensor);
        return tensor;
    }

    /// <summary>A constant of whole numbers drawn from 0 to <paramref name="bound"/> - 1.</summary>
    public Tensor Int32(string name, Shape shape, int bound)
    {
        CounterRandom random = CounterRandom.For(_seed, name);
        int[] values = new int[shape.Count];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = random.Next(bound);
        }

        return Int32(shape, values);
    }

    /// <summary>A constant of bytes drawn from 0 to 255, such as pixels.</summary>
    public Tensor UInt8(string name, Shape shape)
    {
        CounterRandom random = CounterRandom.For(_seed, name);
        byte[] values = new byte[shape.Count];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (byte)random.Next(256);
        }

        Tensor tensor = Allocate(shape, ElementType.UInt8);
        _device.Upload(values, tensor);
        return tensor;
    }

    /// <summary>The scalars of a step.</summary>
    public Tensor Step(in StepScalars scalars)
    {
        StepBlock block = new(_device);
        block.Write(scalars);
        _constants.Add(block.Memory);
        return block.Memory;
    }

    /// <summary>Ranges of flat memory that a step updates.</summary>
    public UpdateTable Ranges(params ReadOnlySpan<UpdateRange> ranges)
    {
        UpdateTable table = new(_device, ranges);
        _tables.Add(table);
        return table;
    }

    /// <summary>Offsets of sequences with these lengths.</summary>
    public SequenceOffsets Offsets(params ReadOnlySpan<int> lengths)
    {
        int* offsets = (int*)NativeMemory.Alloc((nuint)(lengths.Length + 1), sizeof(int));
        _hostBlocks.Add((nint)offsets);
        offsets[0] = 0;
        for (int b = 0; b < lengths.Length; b++)
        {
            offsets[b + 1] = offsets[b] + lengths[b];
        }

        if (_device.AddressesHostMemory)
        {
            return new SequenceOffsets(offsets, lengths.Length);
        }

        int[] lastRows = [.. Enumerable.Range(1, lengths.Length).Select(b => offsets[b] - 1)];
        Tensor table = Int32(new Shape(lengths.Length + 1), new ReadOnlySpan<int>(offsets, lengths.Length + 1));
        return new SequenceOffsets(offsets, lengths.Length, table.Data, Int32(new Shape(lengths.Length), lastRows).Data);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        Store.Dispose();
        foreach (Tensor constant in _constants)
        {
            _device.FreeMemory(constant.Data, constant.ByteCount);
        }

        _tables.ForEach(table => table.Dispose());
        foreach (nint block in _hostBlocks)
        {
            NativeMemory.Free((void*)block);
        }
    }

    /// <summary>Takes memory for what was declared and draws its values.</summary>
    public void FillParameters()
    {
        Store.Allocate(_device);
        foreach ((Parameter parameter, Func<int, double, double> value) in _fills)
        {
            float[] values = Draw(parameter.Name, parameter.Shape, value);
            _device.Upload(values, parameter.Value);
            _device.Upload(values, parameter.Master);
        }
    }

    private Tensor Constant(string name, Shape shape, double mean, double deviation, ElementType type) =>
        Constant(shape, Draw(name, shape, (_, normal) => mean + (deviation * normal)), type);

    private Tensor Constant(Shape shape, ReadOnlySpan<float> values, ElementType type)
    {
        Tensor tensor = Allocate(shape, type);
        _device.Upload(values, tensor);
        return tensor;
    }

    private float[] Draw(string name, Shape shape, Func<int, double, double> value) => Draw(CounterRandom.For(_seed, name), shape, value);

    internal float[] Draw(CounterRandom random, Shape shape, Func<int, double, double> value)
    {
        float[] values = new float[shape.Count];
        int drawn = DistinctDraws > 0 ? Math.Min(DistinctDraws, values.Length) : values.Length;
        for (int i = 0; i < drawn; i++)
        {
            values[i] = Rounded((float)value(i, random.NextGaussian()));
        }

        for (int i = drawn; i < values.Length; i += drawn)
        {
            values.AsSpan(0, Math.Min(drawn, values.Length - i)).CopyTo(values.AsSpan(i));
        }

        return values;
    }

    internal float Rounded(float value) => RoundsToBFloat16 ? (BFloat16)value : value;

    private Tensor Allocate(Shape shape, ElementType type)
    {
        nint memory = _device.AllocateMemory(Math.Max(1, shape.Count) * type.SizeInBytes());
        Tensor tensor = Tensor.Wrap(memory, shape, type);
        _constants.Add(tensor);
        return tensor;
    }
}
