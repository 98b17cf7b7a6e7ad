using System.Runtime.InteropServices;

namespace Avion.Training.Tests;

/// <summary>The smallest training: a line from a clip's mean brightness to its level, by least squares.</summary>
internal sealed class BrightnessObjective : TrainingObjective, IEvaluator
{
    private readonly Device _device;
    private readonly Parameter _slope;
    private readonly Parameter _offset;
    private readonly float[] _values = new float[1];

    public BrightnessObjective(Device device)
    {
        _device = device;
        Parameters = new ParameterStore();
        _slope = Parameters.Add("slope.weight", new Shape(1, 1));
        _offset = Parameters.Add("offset.bias", new Shape(1));
        Parameters.Allocate(device);
    }

    public override ParameterStore Parameters { get; }

    /// <summary>Makes the loss of this call infinite; counted from 1.</summary>
    public long InfiniteLossAt { get; set; } = -1;

    public long Calls { get; private set; }

    public override double AddGradients(ClipBatch batch, float scale)
    {
        float slope = Read(_slope.Value), offset = Read(_offset.Value);
        float loss = 0, slopeGradient = 0, offsetGradient = 0;
        for (int i = 0; i < batch.Count; i++)
        {
            float x = Mean(batch.Clip(i)) / 255;
            float error = (slope * x) + offset - SyntheticClips.LevelOf(batch.SampleIds[i]);
            loss += error * error / batch.Count;
            slopeGradient += 2 * error * x / batch.Count;
            offsetGradient += 2 * error / batch.Count;
        }

        Write(_slope.Gradient, slopeGradient * scale);
        Write(_offset.Gradient, offsetGradient * scale);
        return ++Calls == InfiniteLossAt ? double.PositiveInfinity : loss;
    }

    public IEnumerable<Scalar> Run(ITrainingObserver observer, CancellationToken cancellation)
    {
        yield return new Scalar("map_average", -Math.Abs(Read(_offset.Value)));
        yield return new Scalar("slope", Read(_slope.Value));
    }

    public override void SaveModel(string path) =>
        File.WriteAllBytes(path, MemoryMarshal.AsBytes<float>([Read(_slope.Value), Read(_offset.Value)]).ToArray());

    public override void LoadModel(string path)
    {
        ReadOnlySpan<float> values = MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(path));
        Write(_slope.Value, values[0]);
        Write(_offset.Value, values[1]);
    }

    public override void Dispose() => Parameters.Dispose();

    private static float Mean(ReadOnlySpan<byte> pixels)
    {
        long sum = 0;
        foreach (byte pixel in pixels)
        {
            sum += pixel;
        }

        return (float)sum / pixels.Length;
    }

    private float Read(Tensor tensor)
    {
        _device.Download(tensor, _values);
        return _values[0];
    }

    private void Write(Tensor tensor, float value)
    {
        _values[0] = value;
        _device.Upload(_values, tensor);
    }
}
