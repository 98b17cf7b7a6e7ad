using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(Avion.CudaSimulator.Tests.CoverageLast))]

namespace Avion.CudaSimulator.Tests;

/// <summary>Runs the tests that look back on all others behind them.</summary>
public sealed class CoverageLast : ITestCollectionOrderer
{
    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection =>
        [.. testCollections.OrderBy(collection => collection.TestCollectionDisplayName.Contains(nameof(KernelCoverageTests), StringComparison.Ordinal))];
}
