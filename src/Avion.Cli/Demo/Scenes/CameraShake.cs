namespace Avion.Cli;

/// <summary>The small wandering of a camera held by hand: two sine waves per axis.</summary>
internal sealed class CameraShake
{
    private readonly double _amplitude;
    private readonly double[] _frequency = new double[4];
    private readonly double[] _phase = new double[4];

    public CameraShake(DemoTask task, ref CounterRandom random)
    {
        _amplitude = task.ShakePixels.Draw(ref random);
        for (int wave = 0; wave < 4; wave++)
        {
            _frequency[wave] = new Interval(0.3, 2.0).Draw(ref random);
            _phase[wave] = 2 * Math.PI * random.NextDouble();
        }
    }

    /// <summary>Displacement of the whole picture in pixels.</summary>
    public (double X, double Y) At(double seconds) =>
        (_amplitude * (Wave(0, seconds) + Wave(1, seconds)) / 2, _amplitude * (Wave(2, seconds) + Wave(3, seconds)) / 2);

    private double Wave(int wave, double seconds) => Math.Sin(2 * Math.PI * _frequency[wave] * seconds + _phase[wave]);
}
