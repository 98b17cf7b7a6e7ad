namespace Avion.Models;

/// <summary>Collects a model's parameters with their first values, before the store has memory.</summary>
public sealed class ParameterDeclarations
{
    private const int PartElements = 16 * 1024;

    private readonly ParameterStore _store;
    private readonly List<InitialValue> _initialValues = [];

    /// <summary>Declares parameters of a model's store, which takes its memory afterwards.</summary>
    public ParameterDeclarations(ParameterStore store) => _store = store;

    /// <summary>Declares a parameter.</summary>
    /// <param name="name">Its published name.</param>
    /// <param name="shape">Extents.</param>
    /// <param name="initial">What its first values are drawn from.</param>
    public Parameter Add(string name, Shape shape, InitialValue initial)
    {
        _initialValues.Add(initial);
        return _store.Add(name, shape);
    }

    /// <summary>How many parameters are declared so far.</summary>
    public int Count => _initialValues.Count;

    /// <summary>The parameters declared since there were <paramref name="first"/> of them.</summary>
    public Parameter[] DeclaredSince(int first) => [.. _store.Parameters.Skip(first)];

    /// <summary>The same numbers under another shape, or a part of them.</summary>
    public Parameter View(Parameter whole, long firstElement, Shape shape) => _store.View(whole, firstElement, shape);

    /// <summary>Draws the first values.</summary>
    /// <remarks>
    /// A parameter's numbers depend on the seed and its name alone: not on the order of declaration, on other parameters, or on
    /// the number of threads.
    /// </remarks>
    public void Initialize(Device device, ulong seed)
    {
        if (device is PlanningDevice)
        {
            return;
        }

        Parallel.For(0, _initialValues.Count, index =>
        {
            // In parts, so that a large parameter leaves no array of its size behind.
            Parameter parameter = _store.Parameters[index];
            CounterRandom random = CounterRandom.For(seed, parameter.Name);
            float[] values = new float[Math.Min(PartElements, parameter.Shape.Count)];
            for (long first = 0; first < parameter.Shape.Count; first += values.Length)
            {
                Span<float> part = values.AsSpan(0, (int)Math.Min(values.Length, parameter.Shape.Count - first));
                Draw(_initialValues[index], ref random, part);
                Upload(device, part, parameter.Master, first);
            }
        });
        _store.RefreshValues();
    }

    private void Upload(Device device, ReadOnlySpan<float> part, Tensor target, long first)
    {
        lock (_store)
        {
            device.Upload(part, target.Part(first, part.Length));
        }
    }

    private static void Draw(InitialValue initial, ref CounterRandom random, Span<float> values)
    {
        switch (initial.Distribution)
        {
            case InitialDistribution.Constant:
                values.Fill((float)initial.Scale);
                break;
            case InitialDistribution.Normal:
                foreach (ref float value in values)
                {
                    value = (float)(random.NextGaussian() * initial.Scale);
                }

                break;
            default:
                foreach (ref float value in values)
                {
                    value = (float)(((2 * random.NextDouble()) - 1) * initial.Scale);
                }

                break;
        }
    }
}
